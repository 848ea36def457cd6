/** Stores other than databases and servers, and the notebook's own. */
import { expect, test } from '@jupyterlab/galata';
import { Explorer } from '../helpers/explorer';

const PYTHON = { kernel: 'python3' };
const TUMOURS = 'Demo: tumour classifiers';

test('reads a folder of runs, shows a damaged one, and migrates the folder', async ({
  page
}) => {
  const explorer = new Explorer(page);
  await page.notebook.createNew(undefined, PYTHON);
  await explorer.open();
  await explorer.connect('Folder');
  await expect(explorer.panel).toContainText('A folder of run files');
  await explorer.click(explorer.experiment('in files'));
  await expect(explorer.rows).toHaveCount(3);
  const damaged = explorer.rows.last();
  await expect(damaged).toContainText('damaged');
  await expect(explorer.run('file run 1')).not.toContainText('damaged');
  await explorer.click(damaged);
  const details = explorer.panel.getByRole('region', { name: 'Run Section' });
  await expect(details).toContainText('Damaged: meta.yaml');
  await explorer.click(explorer.run('file run 1'));
  await expect(explorer.artifact('hello.txt')).toBeVisible();
  await explorer.artifact('hello.txt').dblclick();
  await expect(page.locator('.jp-FileEditor').last()).toContainText(
    'hello from a folder'
  );

  await page.getByRole('tab', { name: /\.ipynb/ }).click();
  await explorer.click(explorer.button('Migrate…'));
  await expect.poll(() => page.notebook.getCellCount()).toBe(2);
  const cell = await page.notebook.getCellTextInput(1);
  expect(cell).toContain('migrate-filestore');
  expect(cell).toContain('folder/mlruns');
  // On any other store there is nothing to migrate.
  await explorer.connect('Demo');
  await expect(explorer.experiment(TUMOURS)).toBeVisible();
  await expect(explorer.button('Migrate…')).toHaveCount(0);
});

test('follows the tracking URI of the notebook', async ({ page }) => {
  const explorer = new Explorer(page);
  await explorer.open();
  await explorer.connect('Folder');
  await expect(explorer.experiment('in files')).toBeVisible();
  await explorer.connect('Demo');
  await expect(explorer.experiment(TUMOURS)).toBeVisible();
  const demo = await explorer.panel
    .locator('.jp-MlflowHeader-uri')
    .getAttribute('title');
  await explorer.connect('Folder');

  await page.notebook.createNew(undefined, PYTHON);
  const use = async (uri: string): Promise<void> => {
    await page.notebook.setCell(
      0,
      'code',
      `import mlflow; mlflow.set_tracking_uri(${JSON.stringify(uri)})`
    );
    await page.notebook.runCell(0, true);
    await explorer.click(explorer.button('More actions'));
    await page
      .getByRole('menuitem', { name: 'Use the Notebook’s Tracking URI' })
      .click();
  };
  await use(demo ?? '');
  const chosen = explorer.connection.locator('option:checked');
  await expect(chosen).toHaveText('Demo', { timeout: 30_000 });

  // One that is new is offered, made absolute.
  await use('sqlite:///brand/new.db');
  const dialog = page.getByRole('dialog');
  await expect(dialog.getByLabel(/tracking URI/i)).toHaveValue(
    /^sqlite:\/\/\/\/.*\/brand\/new\.db$/,
    { timeout: 30_000 }
  );
  await dialog.getByLabel('Name').fill('Of the notebook');
  await dialog.getByRole('button', { name: 'Add' }).click();
  await expect(chosen).toHaveText('Of the notebook');
  await expect(explorer.panel.getByRole('alert').first()).toContainText(
    'There is no database at'
  );
  await explorer.removeConnection();
  await expect(
    explorer.connection.locator('option', { hasText: 'Of the notebook' })
  ).toHaveCount(0);
});
