/** The runs table: 10,000 runs with a small DOM, sorting, columns, selection shared with the panel, restored on reload. */
import { expect, test } from '@jupyterlab/galata';
import type { Locator, Page } from '@playwright/test';
import { Explorer } from '../helpers/explorer';
import { picture } from '../helpers/pictures';

const DEMO = 'Demo: tumour classifiers';

class Table {
  constructor(readonly page: Page) {}

  get frame(): Locator {
    return this.page.locator('.jp-MlflowTable:not(.lm-mod-hidden)');
  }

  get grid(): Locator {
    return this.frame.getByRole('treegrid', { name: 'Runs' });
  }

  /** Rows of runs in the DOM. */
  get rows(): Locator {
    return this.grid.locator('[data-run-id]');
  }

  row(name: string): Locator {
    return this.rows.filter({ hasText: name });
  }

  header(name: RegExp): Locator {
    return this.grid.getByRole('columnheader', { name });
  }

  /** The names of the columns, as drawn from left to right. */
  columns(): Promise<string[]> {
    return this.grid
      .locator('[role="columnheader"]')
      .evaluateAll(cells => cells.map(cell => (cell as any).dataset.column));
  }

  nodes(): Promise<number> {
    return this.frame.evaluate(frame => frame.querySelectorAll('*').length);
  }
}

test('scrolls, sorts and searches 10,000 runs, and shares the search with the panel', async ({
  page
}, info) => {
  const explorer = new Explorer(page);
  const table = new Table(page);
  await explorer.open();
  await explorer.connect('Big');
  await explorer.experiment('bench').dblclick();
  await expect(table.row('run-010204')).toBeVisible();
  await expect(table.grid).toHaveAttribute('aria-rowcount', '10001');
  await expect(table.frame).toContainText(/of 10[.,]?000 runs/);
  expect(await table.nodes()).toBeLessThan(3000);
  await page.screenshot({ path: picture(info, 'table-big') });

  await expect(async () => {
    await table.grid.evaluate(grid => (grid.scrollTop = grid.scrollHeight));
    await expect(table.row('run-000001')).toBeVisible({ timeout: 1000 });
  }).toPass({ timeout: 60_000 });
  expect(await table.nodes()).toBeLessThan(3000);
  // Header and names stay where they are.
  await table.grid.evaluate(grid => (grid.scrollLeft = grid.scrollWidth));
  await expect(table.header(/^Select all loaded runs Run/)).toBeInViewport();
  await expect(table.row('run-000001')).toBeInViewport();
  await table.grid.evaluate(grid => (grid.scrollLeft = 0));

  // Sorting is the store's, over all runs.
  const sorted = table.header(/metric m01$/);
  await sorted.click();
  await expect(sorted).toHaveAttribute('aria-sort', 'descending');
  await expect(table.row('run-010204')).toBeHidden();
  await sorted.click();
  await expect(sorted).toHaveAttribute('aria-sort', 'ascending');
  await sorted.click();
  await expect(table.row('run-010204')).toBeVisible();

  await table.frame.getByLabel('Search runs').fill('run-000042');
  await expect(table.rows).toHaveCount(1);
  await expect(explorer.search).toHaveValue('run-000042');
  await expect(explorer.rows).toHaveCount(1);
  await explorer.search.fill('metrics.m01 > > 1');
  await expect(table.frame.getByRole('alert')).toBeVisible();
  await explorer.search.fill('');
  await expect(table.frame).toContainText(/of 10[.,]?000 runs/);
});

test('keeps columns over a reload, and compares the ticked runs', async ({
  page
}, info) => {
  const explorer = new Explorer(page);
  const table = new Table(page);
  await explorer.open();
  await explorer.connect('Demo');
  await explorer.choose(explorer.experiment(DEMO), 'Open Runs Table');
  await expect(table.rows.first()).toBeVisible();

  await table.frame.getByRole('button', { name: 'Columns' }).click();
  const chooser = page.getByRole('dialog', { name: 'Columns' });
  await chooser.getByLabel('Search columns').fill('attributes.user_id');
  await chooser.getByRole('option', { name: /User/ }).click();
  await page.keyboard.press('Escape');
  await expect(chooser).toBeHidden();
  // Moved and resized by keyboard, in the header.
  await table.grid.press('Control+Home');
  await table.grid.press('ArrowUp');
  await table.grid.press('ArrowRight');
  await table.grid.press('Control+Shift+ArrowRight');
  await table.grid.press('Shift+ArrowRight');
  const columns = await table.columns();
  expect(columns.slice(1, 3)).toEqual([
    'attributes.duration',
    'attributes.start_time'
  ]);

  await table.rows.nth(0).getByRole('checkbox').click();
  await table.rows
    .nth(3)
    .getByRole('checkbox')
    .click({ modifiers: ['Shift'] });
  await expect(table.frame).toContainText('4 runs selected');
  await expect(explorer.panel).toContainText('4 runs selected');
  await page.screenshot({ path: picture(info, 'table-light') });
  await page.theme.setDarkTheme();
  await page.screenshot({ path: picture(info, 'table-dark') });
  await page.theme.setLightTheme();

  // Beside the panel some 400 pixels are left, of which the names leave a part to the values.
  await page.setViewportSize({ width: 740, height: 900 });
  await expect
    .poll(() => table.grid.evaluate(grid => grid.clientWidth))
    .toBeLessThan(460);
  await table.grid.evaluate(grid => (grid.scrollLeft = grid.scrollWidth));
  await expect(table.header(/^User/)).toBeInViewport();
  await expect(table.header(/^Select all loaded runs Run/)).toBeInViewport();
  await page.screenshot({ path: picture(info, 'table-narrow') });
  await page.setViewportSize({ width: 1400, height: 900 });
  await table.grid.evaluate(grid => (grid.scrollLeft = 0));

  // The layout is saved with a delay; it is the last thing that changes.
  const saved = page.waitForRequest(
    request =>
      request.method() === 'PUT' &&
      request.url().includes('/api/workspaces') &&
      /explorer:table.*"hideEmpty":true/.test(request.postData() ?? '')
  );
  await table.frame.getByRole('button', { name: 'Hide empty' }).click();
  await expect(table.frame).toContainText(/columns? hidden, judged by/);
  await saved;
  await page.reload({ waitForIsReady: false } as object);
  await expect(table.rows.first()).toBeVisible({ timeout: 60_000 });
  await expect.poll(() => table.columns()).toEqual(columns);
  await expect(table.frame).toContainText('4 runs selected');

  await page.notebook.createNew(undefined, { kernel: 'python3' });
  await page.getByRole('tab', { name: /^Runs: / }).click();
  await table.frame.getByRole('button', { name: 'Insert comparison' }).click();
  await expect.poll(() => page.notebook.getCellCount()).toBeGreaterThan(1);
});
