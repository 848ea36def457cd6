/** Whole notebooks and reports from the panel. */
import { expect, test } from '@jupyterlab/galata';
import { Explorer } from '../helpers/explorer';

const EXPERIMENT = 'Demo: tumour classifiers';

test('writes a notebook about two runs that executes, and keeps what was typed where the name is taken', async ({
  page,
  tmpPath
}) => {
  const explorer = new Explorer(page);
  await explorer.open();
  await explorer.click(explorer.experiment(EXPERIMENT));
  await explorer.click(explorer.rows.nth(0));
  await explorer.click(explorer.rows.nth(1), {
    modifiers: ['ControlOrMeta']
  });
  await page.contents.uploadContent('{}', 'text', `${tmpPath}/Two runs.ipynb`);
  await explorer.choose(explorer.rows.nth(1), 'New Notebook from Selection…');
  const dialog = page.getByRole('dialog');
  const title = dialog.getByLabel('Title');
  await expect(title).toBeFocused();
  await title.fill('Two runs');
  await expect(dialog.getByLabel('Folder')).toHaveValue(tmpPath);
  await expect(dialog.getByLabel('File name')).toHaveValue('Two runs.ipynb');
  await page.keyboard.press('Enter');
  await expect(dialog.getByRole('alert')).toContainText('exists already');
  await expect(title).toHaveValue('Two runs');
  await expect(title).toBeFocused();
  await dialog.getByLabel('File name').fill('mine');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('tab', { name: 'mine.ipynb' })).toBeVisible();
  await expect(dialog).toHaveCount(0);

  const notebook = page.locator('.jp-NotebookPanel:not(.lm-mod-hidden)');
  await expect(notebook).toContainText('Two runs');
  await page.notebook.run();
  await expect(
    notebook.locator('.jp-OutputArea-output table').first()
  ).toBeVisible({ timeout: 60_000 });
  await expect(notebook.locator('[data-mime-type*="error"]')).toHaveCount(0);
  const errors = await page.evaluate(() => {
    const app = (window as any).jupyterapp;
    const cells = app.shell.currentWidget.content.model.sharedModel.cells;
    return cells
      .flatMap((cell: any) => cell.outputs ?? [])
      .filter((output: any) => output.output_type === 'error')
      .map((output: any) => output.evalue);
  });
  expect(errors).toEqual([]);
});
