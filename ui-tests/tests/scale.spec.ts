/** An experiment with 10,000 runs: first page at once, the last run by scrolling, a small DOM. */
import { expect, test } from '@jupyterlab/galata';
import { Explorer } from '../helpers/explorer';

test('scrolls to the last of 10,000 runs with a small DOM', async ({
  page
}) => {
  const explorer = new Explorer(page);
  await explorer.open();
  await explorer.connect('Big');
  await explorer.click(explorer.experiment('bench'));
  await expect(explorer.run('run-010204')).toBeVisible();
  await expect(explorer.panel).toContainText(/Showing \d+ of 10[.,]?000/);
  const nodes = (): Promise<number> =>
    explorer.panel.evaluate(panel => panel.querySelectorAll('*').length);
  expect(await nodes()).toBeLessThan(2000);

  // Drag the scroll bar to the end, again where the end moves.
  await expect(async () => {
    await explorer.runs.evaluate(list => (list.scrollTop = list.scrollHeight));
    await expect(explorer.run('run-000001')).toBeVisible({ timeout: 1000 });
  }).toPass({ timeout: 40_000 });
  expect(await nodes()).toBeLessThan(2000);
  await explorer.click(explorer.run('run-000001'));
  await expect(
    explorer.panel.getByRole('region', { name: 'Run Section' })
  ).toContainText('run-000001');

  // The keyboard goes to both ends too.
  await explorer.runs.press('Home');
  await expect(explorer.run('run-010204')).toBeVisible();
  await explorer.runs.press('End');
  await expect(explorer.run('run-000001')).toBeVisible();
  expect(await nodes()).toBeLessThan(2000);

  // A metric orders all of them, not what happens to be loaded.
  await page.evaluate(() =>
    (window as any).jupyterapp.commands.execute('mlflow-explorer:sort-runs', {
      order: 'metrics.x DESC'
    })
  );
  await expect(explorer.run('run-010204')).toBeHidden();
  await explorer.search.fill('run-000042');
  await expect(explorer.rows).toHaveCount(1);
  await expect(explorer.run('run-000042')).toBeVisible();
});

test('lists a folder of 10,000 files', async ({ page }) => {
  const explorer = new Explorer(page);
  await explorer.open();
  await explorer.connect('Kinds');
  await explorer.click(explorer.experiment('artifacts'));
  await explorer.click(explorer.run('all kinds'));
  await explorer.artifact('many').click();
  await expect(explorer.artifact('many/file-00000.txt')).toBeVisible();
  const nodes = await explorer.panel.evaluate(
    panel => panel.querySelectorAll('*').length
  );
  expect(nodes).toBeLessThan(2000);
  // The last file stands above the files that follow the folder.
  await expect(async () => {
    await explorer.artifacts.evaluate(list => {
      list.scrollTop = list.scrollHeight - list.clientHeight - 8 * 24;
    });
    await expect(explorer.artifact('many/file-09999.txt')).toHaveCount(1, {
      timeout: 1000
    });
  }).toPass({ timeout: 60_000 });
});
