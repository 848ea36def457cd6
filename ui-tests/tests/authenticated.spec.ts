/** The same job with Jupyter's authentication and XSRF check on, as users have them. */
import { expect, test } from '@playwright/test';
import { Explorer } from '../helpers/explorer';

const BASE = `http://127.0.0.1:${Number(process.env.UI_PORT ?? 8940) + 1}`;

test('works with token and XSRF, and downloads through the browser', async ({
  page
}) => {
  await page.goto(`${BASE}/lab?token=ui-test-token`);
  const explorer = new Explorer(page);
  await explorer.tab.waitFor({ timeout: 60_000 });
  await explorer.open();
  await explorer.connect('Kinds');
  await explorer.click(explorer.experiment('artifacts'));
  await explorer.click(explorer.run('all kinds'));
  await explorer.choose(explorer.artifact('plot.png'), 'Open Artifact');
  await expect(page.locator('.jp-ImageViewer img')).toBeVisible();
  const download = page.waitForEvent('download');
  await explorer.choose(explorer.artifact('table.csv'), 'Download Artifact');
  expect((await download).suggestedFilename()).toBe('table.csv');
  await explorer.choose(explorer.run('all kinds'), 'Insert Run Summary');
  await page
    .getByRole('dialog')
    .getByRole('button', { name: /create/i })
    .click();
  await expect(page.locator('.jp-Notebook')).toContainText('import mlflow');
  const refused = await page.request.get(`${BASE}/mlflow-explorer/api/runs`, {
    headers: { Referer: 'https://evil.example/' }
  });
  expect(refused.status()).toBe(403);
});
