/** The full set of recipes: from the submenu, from the dialog, and of one artifact of several runs. */
import { expect, galata, test } from '@jupyterlab/galata';
import { Explorer } from '../helpers/explorer';
import { picture } from '../helpers/pictures';

const PYTHON = { kernel: 'python3' };
const EXPERIMENT = 'Demo: tumour classifiers';

const PATTERN = '{features}__{outlier}__{imputation}__{classifier}';

test.use({
  mockSettings: {
    ...galata.DEFAULT_SETTINGS,
    'jupyter-mlflow-explorer:panel': {
      plotLibrary: 'plotly',
      runNamePattern: PATTERN
    }
  }
});

test('inserts a plot from the submenu, a recipe with options, and an artifact of two runs', async ({
  page
}, info) => {
  const explorer = new Explorer(page);
  await page.notebook.createNew(undefined, PYTHON);
  await explorer.open();
  await explorer.click(explorer.experiment(EXPERIMENT));
  await explorer.click(explorer.rows.nth(0));
  await explorer.click(explorer.rows.nth(1), {
    modifiers: ['ControlOrMeta']
  });
  const recipes = (): Promise<[string, Record<string, unknown>][]> =>
    page.evaluate(() => {
      const app = (window as any).jupyterapp;
      return app.shell.currentWidget.content.model.sharedModel.cells
        .map((cell: any) => cell.getMetadata('jupyter_mlflow_explorer'))
        .filter(Boolean)
        .map((ours: any) => [ours.recipe, ours.options]);
    });
  const last = async () => (await recipes()).pop();

  await explorer.choose(explorer.rows.nth(1), 'Insert');
  await expect(explorer.item('Scatter Plot')).toBeVisible();
  await page.screenshot({
    path: picture(info, 'insert-menu'),
    clip: { x: 0, y: 28, width: 840, height: 760 }
  });
  await explorer.click(explorer.item('Scatter Plot'));
  await expect.poll(async () => (await last())?.[0]).toBe('scatter');
  // As the settings say.
  expect((await last())?.[1]).toMatchObject({
    library: 'plotly',
    naming: { pattern: PATTERN }
  });
  expect((await recipes())[0][0]).toBe('setup');

  // Recipes that do not suit two runs are not offered; options that are wrong are not sent.
  await explorer.click(explorer.button('More to do with the chosen runs'));
  await explorer.click(explorer.item('Insert'));
  await explorer.click(explorer.item('Insert Recipe…'));
  const dialog = page.getByRole('dialog');
  const recipe = dialog.getByLabel('Recipe');
  await expect(recipe.getByRole('option', { name: 'Load run' })).toHaveCount(0);
  await recipe.selectOption('leaderboard');
  const top = dialog.getByLabel('Top');
  await top.fill('0');
  const insert = dialog.getByRole('button', { name: 'Insert', exact: true });
  await expect(insert).toBeDisabled();
  await top.fill('3');
  await insert.click();
  await expect(dialog).toHaveCount(0);
  await expect.poll(async () => (await last())?.[1].top).toBe(3);

  const artifact = explorer.artifacts
    .locator('[role="treeitem"][data-is-dir="false"]')
    .first();
  await explorer.choose(artifact, 'Insert This Artifact of 2 Runs');
  await expect.poll(async () => (await last())?.[0]).toBe('collect-artifact');

  await page.notebook.run();
  const notebook = page.locator('.jp-NotebookPanel:not(.lm-mod-hidden)');
  await expect(
    notebook.locator('.jp-OutputArea-output table').first()
  ).toBeVisible({ timeout: 60_000 });
  await expect(notebook.locator('[data-mime-type*="error"]')).toHaveCount(0);
});
