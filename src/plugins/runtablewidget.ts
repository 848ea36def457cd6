/** Makes the widget of a runs table: state, actions and menus. Loaded with the first table. */
import type { JupyterFrontEnd } from '@jupyterlab/application';
import { Clipboard, Notification } from '@jupyterlab/apputils';
import type { IStateDB } from '@jupyterlab/statedb';
import { MenuSvg } from '@jupyterlab/ui-components';
import { CommandRegistry } from '@lumino/commands';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';
import { Debouncer } from '@lumino/polling';
import { failureOf } from '../api/errors';
import { CommandIDs, describedBy } from '../commands';
import { asFilter } from '../state/query';
import { RunTableState } from '../state/runtable';
import {
  isSortable,
  kindOf,
  NAME_COLUMN,
  orderClause,
  restoredLayout,
  sortOf,
  type ColumnId
} from '../state/tablelayout';
import { asMarkdown, asTsv } from '../state/tabletext';
import { RunTableWidget } from '../widgets/table';
import { columnLabel, textTable } from '../widgets/tablecells';
import type { IExplorerContext } from './context';
import { openBelow, runsMenu } from './menus';

const LAYOUT_KEY = 'jupyter-mlflow-explorer:table';
const SAVE_DELAY_MS = 500;
const NOTICE_MS = 3000;

/** Which table. */
export interface ITableScope {
  readonly connection: string;
  readonly experimentIds: readonly string[];
}

export async function makeTable(
  app: JupyterFrontEnd,
  context: IExplorerContext,
  stateDB: IStateDB | null,
  scope: ITableScope
): Promise<RunTableWidget> {
  const { commands } = app;
  const { client, state, recipes, trans } = context;
  const key = `${LAYOUT_KEY}:${JSON.stringify([scope.connection, ...[...scope.experimentIds].sort()])}`;
  const [saved] = await Promise.all([
    stateDB?.fetch(key).catch(() => undefined),
    // The panel's search and selection are the table's too.
    state.start().catch(() => undefined)
  ]);
  const save = new Debouncer(async () => {
    await stateDB?.save(
      key,
      table.columns.layout as unknown as ReadonlyPartialJSONObject
    );
  }, SAVE_DELAY_MS);
  const table = new RunTableState({
    client,
    ...scope,
    panel: state.runs,
    layout: restoredLayout(saved),
    onLayout: () => void save.invoke()
  });

  /** Run a command on the ticked runs; the table's own selection is unknown to the panel. */
  const onTicked = (id: string): void => {
    void commands.execute(id, {
      connection: scope.connection,
      experimentIds: [...scope.experimentIds],
      runIds: table.selectedIds
    });
  };
  const copy = async (asText: typeof asTsv): Promise<void> => {
    try {
      const rows = await table.complete();
      Clipboard.copyToSystem(asText(textTable(table, rows, trans)));
      Notification.success(
        trans._n('%1 run copied', '%1 runs copied', rows.length),
        { autoClose: NOTICE_MS }
      );
    } catch (error) {
      Notification.error(
        trans.__('The table could not be copied: %1', failureOf(error).message)
      );
    }
  };

  const widget = new RunTableWidget({
    table,
    trans,
    actions: {
      showDetails: runId =>
        void commands.execute(CommandIDs.showRun, {
          runId,
          connection: scope.connection
        }),
      insertSummary: () => onTicked(CommandIDs.insertRunSummary),
      insertComparison: () => onTicked(CommandIDs.insertComparison),
      newNotebook: () => onTicked(CommandIDs.newNotebook),
      exportReport: () => onTicked(CommandIDs.exportReport),
      insertSearch: () =>
        void commands.execute(CommandIDs.insertRunSearch, {
          connection: scope.connection,
          experimentIds: [...scope.experimentIds],
          filter: asFilter(table.query),
          orderBy: table.columns.layout.order
            ? [table.columns.layout.order]
            : []
        }),
      copyText: text => Clipboard.copyToSystem(text),
      openHeaderMenu: (column, x, y) => headerMenu(table, column).open(x, y),
      openMenu: (menu, anchor) =>
        openBelow(
          menu === 'copy'
            ? copyMenu()
            : runsMenu('more', commands, state.runs, recipes, trans),
          anchor
        )
    }
  });
  widget.disposed.connect(() => save.dispose());
  void table.load();
  return widget;

  function copyMenu(): MenuSvg {
    const what =
      table.selection.size > 0
        ? trans.__('the selected runs')
        : trans.__('all loaded runs');
    return menuOf([
      {
        label: trans.__('Copy %1 as TSV (for spreadsheets)', what),
        execute: () => void copy(asTsv)
      },
      {
        label: trans.__('Copy %1 as Markdown', what),
        execute: () => void copy(asMarkdown)
      }
    ]);
  }

  function headerMenu(table: RunTableState, column: ColumnId): MenuSvg {
    const items: (IItem | null)[] = [];
    const { order } = table.columns.layout;
    if (isSortable(column)) {
      const ways = [
        ['ASC', trans.__('Sort Ascending')],
        ['DESC', trans.__('Sort Descending')]
      ] as const;
      for (const [way, label] of ways) {
        items.push({
          label,
          isToggled: sortOf(order, column) === way,
          execute: () => table.setOrder(orderClause(column, way))
        });
      }
      items.push({
        label: trans.__('Newest First'),
        isToggled: order === '',
        execute: () => table.setOrder('')
      });
    }
    if (kindOf(column) === 'metrics') {
      items.push(null);
      const directions = [
        ['higher', trans.__('Higher Is Better')],
        ['lower', trans.__('Lower Is Better')]
      ] as const;
      for (const [direction, label] of directions) {
        items.push({
          label,
          isToggled: table.columns.direction(column) === direction,
          execute: () => table.columns.setDirection(column, direction)
        });
      }
    }
    items.push(null);
    if (column !== NAME_COLUMN) {
      const isPinned = table.columns.isPinned(column);
      items.push(
        {
          label: isPinned ? trans.__('Unpin') : trans.__('Pin at the Left'),
          execute: () => table.columns.setPinned(column, !isPinned)
        },
        {
          label: trans.__('Move Left'),
          execute: () => table.columns.shift(column, -1)
        },
        {
          label: trans.__('Move Right'),
          execute: () => table.columns.shift(column, 1)
        },
        {
          label: trans.__('Hide Column'),
          execute: () => table.columns.setShown(column, false)
        }
      );
    }
    items.push(
      {
        label: trans.__('Usual Width'),
        execute: () => table.columns.resize(column, null)
      },
      {
        label: trans.__('Copy Name'),
        execute: () =>
          Clipboard.copyToSystem(
            kindOf(column) === 'attributes'
              ? columnLabel(column, trans)
              : column
          )
      }
    );
    return menuOf(items);
  }
}

/** An item of a menu; null is a separator. */
interface IItem {
  label: string;
  isToggled?: boolean;
  execute: () => void;
}

/** A menu of things that only this table can do, so they are no commands of the application. */
function menuOf(items: readonly (IItem | null)[]): MenuSvg {
  const commands = new CommandRegistry();
  const menu = new MenuSvg({ commands });
  items.forEach((item, index) => {
    if (item === null) {
      menu.addItem({ type: 'separator' });
      return;
    }
    const command = `item-${index}`;
    commands.addCommand(command, {
      label: item.label,
      describedBy: describedBy.none,
      isToggleable: item.isToggled !== undefined,
      isToggled: () => item.isToggled === true,
      execute: item.execute
    });
    menu.addItem({ command });
  });
  return menu;
}
