/** The frame of the sidebar: header, three sections, and activity tied to visibility. */
import type { ITranslator, TranslationBundle } from '@jupyterlab/translation';
import { SidePanel } from '@jupyterlab/ui-components';
import type { Message } from '@lumino/messaging';
import { Signal, type ISignal } from '@lumino/signaling';
import type { AccordionPanel, Widget } from '@lumino/widgets';
import { explorerIcon } from '../icons';
import type { ExplorerState } from '../state/explorer';
import type { Group, RunWidget } from './run';
import type { RunsWidget } from './runs';

/** The sections, in their order. */
export const SECTIONS = ['experiments', 'runs', 'run'] as const;
export type SectionName = (typeof SECTIONS)[number];

/** Heights at first sight: few experiments, many runs. */
const SIZES = [0.16, 0.44, 0.4];

/** What survives a reload of the page. */
export interface IPanelLayout {
  /** Whether each section is open. */
  open: Partial<Record<SectionName, boolean>>;
  /** Relative heights; one number for each section. */
  sizes: number[];
  /** The open parts of the run section. */
  groups: Group[];
}

export class ExplorerPanel extends SidePanel {
  constructor(options: ExplorerPanel.IOptions) {
    super({ translator: options.translator });
    const { trans } = options;
    this._state = options.state;
    this._runs = options.runs;
    this._run = options.run;
    this.id = 'jp-mlflow-explorer';
    this.addClass('jp-MlflowExplorer');
    this.title.icon = explorerIcon;
    this.title.caption = trans.__('MLflow Explorer');
    this.node.setAttribute('role', 'region');
    this.node.setAttribute('aria-label', trans.__('MLflow Explorer'));

    this.header.addWidget(options.header);
    options.experiments.title.label = trans.__('Experiments');
    options.runs.title.label = trans.__('Runs');
    options.run.title.label = trans.__('Run');
    this.addWidget(options.experiments);
    this.addWidget(options.runs);
    this.addWidget(options.run);
    this._accordion.setRelativeSizes(SIZES);
    this._accordion.expansionToggled.connect(this._onLayoutChanged, this);
    this._accordion.handleMoved.connect(this._onLayoutChanged, this);
  }

  /** Emitted when a section opens, closes or changes its height. */
  get layoutChanged(): ISignal<this, void> {
    return this._layoutChanged;
  }

  /** What `restoreLayout` wants. */
  saveLayout(): IPanelLayout {
    const open: IPanelLayout['open'] = {};
    SECTIONS.forEach((name, index) => {
      open[name] = !this.widgets[index].isHidden;
    });
    return {
      open,
      sizes: this._accordion.relativeSizes(),
      groups: [...this._run.open]
    };
  }

  restoreLayout(layout: Partial<IPanelLayout>): void {
    SECTIONS.forEach((name, index) => {
      if (layout.open?.[name] === false) {
        this._accordion.collapse(index);
      }
    });
    const sizes = layout.sizes ?? [];
    if (sizes.length === SECTIONS.length && sizes.some(size => size > 0)) {
      this._accordion.setRelativeSizes(sizes);
    }
    if (layout.groups) {
      this._run.open = layout.groups;
    }
  }

  /** Open a section. */
  expand(name: SectionName): void {
    this._accordion.expand(SECTIONS.indexOf(name));
  }

  /** Put the cursor into the search box. */
  focusSearch(): void {
    this.expand('runs');
    requestAnimationFrame(() => this._runs.focusSearch());
  }

  /** Open the details and go there. */
  focusRun(): void {
    this.expand('run');
    requestAnimationFrame(() => this._run.node.focus());
  }

  protected override onAfterShow(msg: Message): void {
    super.onAfterShow(msg);
    this._state.isActive = true;
  }

  protected override onAfterAttach(msg: Message): void {
    super.onAfterAttach(msg);
    if (this.isVisible) {
      this._state.isActive = true;
    }
  }

  protected override onAfterHide(msg: Message): void {
    super.onAfterHide(msg);
    this._state.isActive = false;
  }

  private get _accordion(): AccordionPanel {
    return this.content as AccordionPanel;
  }

  private _onLayoutChanged(): void {
    this._layoutChanged.emit();
  }

  private _layoutChanged = new Signal<this, void>(this);
  private _run: RunWidget;
  private _runs: RunsWidget;
  private _state: ExplorerState;
}

/** The namespace for `ExplorerPanel` types. */
export namespace ExplorerPanel {
  /** Options of the constructor; the panel owns the widgets. */
  export interface IOptions {
    state: ExplorerState;
    header: Widget;
    experiments: SectionWidget;
    runs: RunsWidget;
    run: RunWidget;
    translator: ITranslator;
    trans: TranslationBundle;
  }

  /** What a section may be. */
  export type SectionWidget = Parameters<SidePanel['addWidget']>[0];
}
