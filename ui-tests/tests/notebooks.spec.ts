/** Whole notebooks and reports from the panel. */
import { expect, test } from '@jupyterlab/galata';
import { Explorer } from '../helpers/explorer';
import { picture } from '../helpers/pictures';

const EXPERIMENT = 'Demo: tumour classifiers';

test('writes a notebook about two runs that executes, and exports a report of it', async ({
  page,
  tmpPath
}, info) => {
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
  await dialog.getByLabel('Folder').fill('notebooks');
  await dialog
    .locator('.jp-Dialog-content')
    .screenshot({ path: picture(info, 'new-notebook') });
  await dialog.getByLabel('Folder').fill(tmpPath);
  await title.focus();
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

  // A report of it, with progress, and opened from the notice.
  await page.menu.clickMenuItem('File>Export Report of Notebook…');
  await expect(dialog).toContainText('mine.ipynb');
  await expect(dialog.getByLabel('File name')).toHaveValue('mine.html');
  await dialog.getByRole('button', { name: 'Export' }).click();
  await expect(dialog).toHaveCount(0);
  const notice = page.locator('.Toastify__toast', { hasText: 'Report “mine”' });
  await expect(notice).toContainText(/Running cells: \d+ of \d+/, {
    timeout: 60_000
  });
  const done = notice.filter({ hasText: `is at ${tmpPath}/mine.html` });
  await done.getByRole('button', { name: 'Open' }).click({ timeout: 60_000 });
  const report = page.frameLocator('.jp-HTMLViewer iframe');
  await expect(report.locator('body')).toContainText('Two runs');
  await expect(report.locator('table').first()).toBeVisible();
  await report
    .locator('img')
    .last()
    .evaluate(image => image.scrollIntoView({ block: 'center' }));
  await page
    .locator('.jp-HTMLViewer iframe')
    .screenshot({ path: picture(info, 'report') });
});

test('cancels a report, also after a reload, and leaves nothing', async ({
  page,
  tmpPath
}) => {
  const code = { cell_type: 'code', outputs: [], execution_count: null };
  const notebook = {
    nbformat: 4,
    nbformat_minor: 5,
    metadata: { kernelspec: { name: 'python3', display_name: 'Python 3' } },
    cells: [
      { ...code, id: 'a', metadata: {}, source: '1 + 1' },
      { ...code, id: 'b', metadata: {}, source: 'import time; time.sleep(600)' }
    ]
  };
  await page.contents.uploadContent(
    JSON.stringify(notebook),
    'text',
    `${tmpPath}/slow.ipynb`
  );
  const start = (path: string): Promise<void> =>
    page.evaluate(path => {
      const { commands } = (window as any).jupyterapp;
      void commands.execute('mlflow-explorer:export-notebook-report', { path });
    }, path);
  await start(`${tmpPath}/slow.ipynb`);
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Markdown').check();
  await expect(dialog.getByLabel('File name')).toHaveValue('slow.md');
  await page.keyboard.press('Enter');
  const notice = page.locator('.Toastify__toast', { hasText: 'Report “slow”' });
  await expect(notice).toContainText('Running cells: 2 of 2', {
    timeout: 60_000
  });

  await page.reload();
  await expect(notice).toContainText('Running cells: 2 of 2', {
    timeout: 60_000
  });
  await notice.getByRole('button', { name: 'Cancel' }).click();
  await expect(notice.filter({ hasText: 'was cancelled' })).toBeVisible({
    timeout: 60_000
  });
  expect(await page.contents.fileExists(`${tmpPath}/slow.md`)).toBe(false);
  const left = await page.contents.getContentMetadata(tmpPath, 'directory');
  expect(left?.content.map((file: any) => file.name)).toEqual(['slow.ipynb']);
});
