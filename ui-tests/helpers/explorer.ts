/** The panel as a user sees it: every element by role and name. */
import type { Locator, Page } from '@playwright/test';
import { expect } from '@playwright/test';

export class Explorer {
  constructor(readonly page: Page) {}

  /** Clicks made through this object, for journeys with a budget. */
  clicks = 0;

  get tab(): Locator {
    return this.page.getByRole('tab', { name: 'MLflow Explorer' });
  }

  get panel(): Locator {
    return this.page.locator('#jp-mlflow-explorer');
  }

  get experiments(): Locator {
    return this.panel.getByRole('listbox', {
      name: 'Experiments',
      exact: true
    });
  }

  get runs(): Locator {
    return this.panel.getByRole('tree', { name: 'Runs', exact: true });
  }

  get artifacts(): Locator {
    return this.panel.getByRole('tree', { name: 'Artifacts', exact: true });
  }

  get search(): Locator {
    return this.panel.getByLabel('Search runs');
  }

  get connection(): Locator {
    return this.panel.getByRole('combobox', { name: 'Connection' });
  }

  async click(
    target: Locator,
    options: Parameters<Locator['click']>[0] = {}
  ): Promise<void> {
    this.clicks += 1;
    await target.click(options);
  }

  /** Open the panel where it is closed. */
  async open(): Promise<void> {
    if ((await this.tab.getAttribute('aria-selected')) !== 'true') {
      await this.click(this.tab);
    }
    await expect(this.panel).toBeVisible();
  }

  async connect(name: string): Promise<void> {
    await this.connection.selectOption({ label: name });
  }

  /** Remove the chosen connection, which a user added. */
  async removeConnection(): Promise<void> {
    await this.click(this.button('More actions'));
    await this.page
      .getByRole('menuitem', { name: /Remove Connection/ })
      .click();
    await this.page
      .getByRole('dialog')
      .getByRole('button', { name: /Remove/ })
      .click();
  }

  experiment(name: string | RegExp): Locator {
    return this.experiments.getByRole('option', { name });
  }

  /** Rows of the runs list that are in the DOM. */
  get rows(): Locator {
    return this.runs.getByRole('treeitem');
  }

  run(name: string | RegExp): Locator {
    return this.rows.filter({ hasText: name });
  }

  /** One artifact by its path below the run's artifacts. */
  artifact(path: string): Locator {
    return this.artifacts.locator(
      `[role="treeitem"][data-path=${JSON.stringify(path)}]`
    );
  }

  /** A logged model of the run shown, by its name. */
  model(name: string): Locator {
    return this.panel
      .locator('.jp-MlflowModel')
      .filter({ has: this.page.locator('summary', { hasText: name }) });
  }

  /** One artifact of a logged model that is open. */
  modelArtifact(model: string, path: string): Locator {
    return this.panel
      .getByRole('tree', { name: `Artifacts of model ${model}`, exact: true })
      .locator(`[role="treeitem"][data-path=${JSON.stringify(path)}]`);
  }

  button(name: string | RegExp): Locator {
    return this.panel.getByRole('button', { name });
  }

  /** Choose from a context menu. */
  async choose(target: Locator, ...path: string[]): Promise<void> {
    await this.click(target, { button: 'right' });
    for (const label of path) {
      await this.click(this.item(label));
    }
  }

  /** An item of the menu opened last; not by role, which Lumino gives to items without a submenu only. */
  item(label: string): Locator {
    return this.page
      .locator('.lm-Menu')
      .last()
      .locator('.lm-Menu-item')
      .filter({
        has: this.page
          .locator('.lm-Menu-itemLabel')
          .getByText(label, { exact: true })
      });
  }
}
