/** The main job: from a closed sidebar to comparison cells that run. */
import { expect, test } from '@jupyterlab/galata';
import { Explorer } from '../helpers/explorer';

/** The echo kernel is offered first otherwise. */
const PYTHON = { kernel: 'python3' };
const EXPERIMENT = 'Demo: tumour classifiers';

test('compares two runs in at most five clicks, runs the cells, and undoes them in one step', async ({
  page
}) => {
  const explorer = new Explorer(page);
  await page.notebook.createNew(undefined, PYTHON);
  await page.notebook.setCell(0, 'code', "keep = 'my own text'");

  await explorer.click(explorer.tab);
  await explorer.click(explorer.experiment(EXPERIMENT));
  const first = explorer.rows.nth(0);
  const second = explorer.rows.nth(1);
  await explorer.click(first);
  await explorer.click(second, { modifiers: ['ControlOrMeta'] });
  await expect(explorer.panel.getByText('2 runs selected')).toBeVisible();
  await explorer.click(explorer.button('Insert comparison'));
  expect(explorer.clicks).toBeLessThanOrEqual(5);

  await expect.poll(() => page.notebook.getCellCount()).toBeGreaterThan(1);
  const inserted = (await page.notebook.getCellCount()) - 1;
  expect(await page.notebook.getCellTextInput(0)).toBe("keep = 'my own text'");
  const setup = await page.notebook.getCellTextInput(1);
  expect(setup).toContain('import mlflow');
  expect(setup).toContain('demo/mlflow.db');

  // One undo takes away all that was inserted, and nothing else.
  await page.evaluate(() =>
    (window as any).jupyterapp.commands.execute('notebook:undo-cell-action')
  );
  await expect.poll(() => page.notebook.getCellCount()).toBe(1);
  expect(await page.notebook.getCellTextInput(0)).toBe("keep = 'my own text'");
  await page.evaluate(() =>
    (window as any).jupyterapp.commands.execute('notebook:redo-cell-action')
  );
  await expect.poll(() => page.notebook.getCellCount()).toBe(inserted + 1);

  await page.notebook.run();
  const notebook = page.locator('.jp-NotebookPanel:not(.lm-mod-hidden)');
  await expect(
    notebook.locator('.jp-OutputArea-output table').first()
  ).toBeVisible({
    timeout: 60_000
  });
  await expect(notebook.locator('[data-mime-type*="error"]')).toHaveCount(0);
  await expect(notebook).not.toContainText('Traceback');
  const tables = await notebook
    .locator('.jp-OutputArea-output table')
    .allTextContents();
  expect(tables.join('\n')).toMatch(/au(roc|c)/);
});

test('inserts the setup cell once and keeps the order of insertions', async ({
  page
}) => {
  const explorer = new Explorer(page);
  await page.notebook.createNew(undefined, PYTHON);
  await explorer.open();
  await explorer.click(explorer.experiment(EXPERIMENT));
  await explorer.click(explorer.rows.nth(0));
  await explorer.click(explorer.button('Insert summary'));
  await expect.poll(() => page.notebook.getCellCount()).toBeGreaterThan(1);
  const before = await page.notebook.getCellCount();
  await explorer.click(explorer.rows.nth(1), {
    modifiers: ['ControlOrMeta']
  });
  await explorer.click(explorer.button('Compare metrics'));
  await expect.poll(() => page.notebook.getCellCount()).toBeGreaterThan(before);
  const recipes = await page.evaluate(() => {
    const app = (window as any).jupyterapp;
    const cells = app.shell.currentWidget.content.model.sharedModel.cells;
    return cells.map(
      (cell: any) => cell.getMetadata('jupyter_mlflow_explorer')?.recipe
    );
  });
  expect(recipes.filter((name: string) => name === 'setup')).toHaveLength(1);
  expect(recipes[0]).toBeUndefined();
  expect(recipes[1]).toBe('setup');
  expect(recipes.slice(2, before)).toEqual(
    Array(before - 2).fill('run-summary')
  );
  expect(new Set(recipes.slice(before))).toEqual(new Set(['compare-metrics']));
  const ids = await page.evaluate(() => {
    const app = (window as any).jupyterapp;
    const cells = app.shell.currentWidget.content.model.sharedModel.cells;
    return cells.map((cell: any) => cell.getId());
  });
  expect(new Set(ids).size).toBe(ids.length);
});

test('offers to create a notebook where none is open', async ({ page }) => {
  const explorer = new Explorer(page);
  await explorer.open();
  await explorer.click(explorer.experiment(EXPERIMENT));
  await explorer.click(explorer.rows.nth(0));
  await explorer.click(explorer.button('Insert summary'));
  const dialog = page.getByRole('dialog');
  await expect(dialog).toContainText(/notebook/i);
  await dialog.getByRole('button', { name: /create/i }).click();
  await expect(page.locator('.jp-NotebookPanel')).toBeVisible();
  await expect
    .poll(() => page.notebook.getCellCount(), { timeout: 30_000 })
    .toBeGreaterThan(1);
  await expect(page.locator('.jp-NotebookPanel')).toContainText(
    'import mlflow'
  );
});

test('says so where the kernel is not Python, and inserts nothing', async ({
  page
}) => {
  const explorer = new Explorer(page);
  await page.evaluate(async () => {
    const app = (window as any).jupyterapp;
    const file = await app.commands.execute('docmanager:new-untitled', {
      type: 'notebook'
    });
    const widget = await app.commands.execute('docmanager:open', {
      path: file.path,
      factory: 'Notebook',
      kernel: { name: 'echo' }
    });
    await widget.sessionContext.ready;
    await widget.sessionContext.session?.kernel?.info;
  });
  await explorer.open();
  await explorer.click(explorer.experiment(EXPERIMENT));
  await explorer.click(explorer.rows.nth(0));
  const before = await page.notebook.getCellCount();
  await explorer.click(explorer.button('Insert summary'));
  await expect(
    page.locator('.jp-Dialog, .Toastify__toast').filter({ hasText: 'Python' })
  ).toBeVisible();
  expect(await page.notebook.getCellCount()).toBe(before);
});

test('drags runs and artifacts onto a notebook', async ({ page }) => {
  const explorer = new Explorer(page);
  await page.notebook.createNew(undefined, PYTHON);
  await explorer.open();
  await explorer.click(explorer.experiment(EXPERIMENT));
  await explorer.click(explorer.rows.nth(0));
  await explorer.click(explorer.rows.nth(1), {
    modifiers: ['ControlOrMeta']
  });
  const target = page.locator('.jp-Notebook .jp-Cell').first();
  const from = (await explorer.rows.nth(1).boundingBox())!;
  const to = (await target.boundingBox())!;
  await page.mouse.move(from.x + 60, from.y + from.height / 2);
  await page.mouse.down();
  await page.mouse.move(from.x + 90, from.y + from.height / 2 + 10, {
    steps: 4
  });
  await expect(page.locator('.lm-mod-drag-image')).toBeVisible();
  await page.mouse.move(to.x + 200, to.y + to.height - 4, { steps: 8 });
  await page.mouse.up();
  await expect.poll(() => page.notebook.getCellCount()).toBeGreaterThan(1);
  await expect(page.locator('.jp-Notebook')).toContainText('import mlflow');
  await expect(page.locator('.lm-cursor-backdrop')).toHaveCount(0);
});
