/** What the panel says when things are missing, wrong, hostile or new, and what it remembers. */
import { expect, test } from '@jupyterlab/galata';
import { Explorer } from '../helpers/explorer';

const TUMOURS = 'Demo: tumour classifiers';

test('explains a dead and a missing store, and recovers', async ({ page }) => {
  const explorer = new Explorer(page);
  await explorer.open();
  await explorer.connect('Dead');
  await expect(explorer.panel.getByRole('alert').first()).toContainText(
    '127.0.0.1:9'
  );
  await expect(explorer.button('Try again').first()).toBeVisible();
  await explorer.connect('Missing');
  await expect(explorer.panel).toContainText('missing.db');
  await explorer.connect('Demo');
  await expect(explorer.experiment(TUMOURS)).toBeVisible();
});

test('searches plain text, filters, and shows a wrong filter in place', async ({
  page
}) => {
  const explorer = new Explorer(page);
  await explorer.open();
  await explorer.click(explorer.experiment(TUMOURS));
  await explorer.search.fill('ExtraTrees');
  await expect(explorer.rows.first()).toContainText('ExtraTrees');
  await explorer.click(explorer.experiment('Demo: digits training'));
  await explorer.search.fill("attributes.status = 'FAILED'");
  await explorer.search.press('Enter');
  await expect(explorer.rows).toHaveCount(1);
  await expect(explorer.rows).toContainText('mlp-64-crashed');
  await explorer.search.fill('metrics.auroc > high');
  await explorer.search.press('Enter');
  await expect(explorer.panel.getByRole('alert')).toContainText(/number/i);
  await explorer.search.press('Escape');
  await explorer.search.press('Escape');
  await expect(explorer.search).toHaveValue('');
  await expect(explorer.rows.nth(3)).toBeVisible();
});

test('shows a run with every kind of value, and hostile text as text', async ({
  page
}) => {
  const explorer = new Explorer(page);
  const dialogs: string[] = [];
  page.on('dialog', dialog => {
    dialogs.push(dialog.message());
    void dialog.dismiss();
  });
  await explorer.open();
  await explorer.click(explorer.experiment(TUMOURS));
  await explorer.search.fill('quoted');
  await expect(explorer.rows).toHaveCount(1);
  await expect(explorer.rows).toContainText('</script>');
  await explorer.click(explorer.rows.first());
  const details = explorer.panel.getByRole('region', { name: 'Run Section' });
  await expect(details).toContainText('</script>');
  await explorer.rows.first().hover();
  await explorer.rows.first().click({ button: 'right' });
  await page.keyboard.press('Escape');
  // The note is Markdown, so it may hold elements; none of them may act.
  expect(
    await explorer.panel
      .locator('script, [onerror], [onload], [onclick], a[href^="javascript:"]')
      .count()
  ).toBe(0);
  expect(await explorer.runs.locator('img').count()).toBe(0);
  expect(dialogs).toEqual([]);
});

test('shows NaN and infinity as such', async ({ page }) => {
  const explorer = new Explorer(page);
  await explorer.open();
  const found = await page.evaluate(async () => {
    const base = '/mlflow-explorer/api';
    const get = async (path: string): Promise<any> =>
      (await fetch(`${base}/${path}`)).json();
    const { experiments } = await get('experiments');
    for (const { experiment_id, name } of experiments) {
      const { runs } = await get(
        `runs?experiment_id=${experiment_id}&max_results=1000`
      );
      for (const run of runs) {
        const odd = Object.entries(run.metrics).filter(
          ([, value]) => typeof value === 'string'
        );
        if (odd.length > 0) {
          return { name, run: run.run_name, odd };
        }
      }
    }
    return null;
  });
  expect(found).not.toBeNull();
  await explorer.click(explorer.experiment(found!.name));
  await explorer.search.fill(found!.run);
  await expect(explorer.rows).toHaveCount(1);
  await explorer.click(explorer.run(found!.run));
  const details = explorer.panel.getByRole('region', { name: 'Run Section' });
  for (const [, value] of found!.odd as [string, string][]) {
    const shown = { NaN: 'NaN', Infinity: '∞', '-Infinity': '−∞' }[value]!;
    await expect(details).toContainText(shown);
  }
});

test('remembers connection, experiment, search and run over a reload', async ({
  page
}) => {
  const explorer = new Explorer(page);
  await explorer.open();
  await explorer.connect('Kinds');
  await explorer.click(explorer.experiment('artifacts'));
  await explorer.search.fill('all');
  await explorer.click(explorer.run('all kinds'));
  await expect(explorer.artifact('plot.png')).toBeVisible();
  // The state is written with a delay.
  await page.waitForTimeout(1500);
  await page.reload({ waitForIsReady: false } as object);
  await expect(explorer.panel).toBeVisible({ timeout: 60_000 });
  await expect(explorer.connection.locator('option:checked')).toHaveText(
    'Kinds'
  );
  await expect(explorer.search).toHaveValue('all');
  await expect(explorer.run('all kinds')).toBeVisible();
  await expect(explorer.artifact('plot.png')).toBeVisible();
});

test('works by keyboard alone', async ({ page }) => {
  const explorer = new Explorer(page);
  await page.notebook.createNew(undefined, {
    kernel: 'python3'
  });
  await explorer.open();
  await explorer.experiment(TUMOURS).waitFor();
  await explorer.experiments.focus();
  await page.keyboard.press('Home');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await explorer.rows.first().waitFor();
  await explorer.runs.focus();
  await page.keyboard.press('Home');
  await page.keyboard.press('Shift+ArrowDown');
  await expect(explorer.panel.getByText('2 runs selected')).toBeVisible();
  await expect(explorer.runs.locator('[aria-selected="true"]')).toHaveCount(2);
  await explorer.button('Insert comparison').focus();
  await page.keyboard.press('Enter');
  await expect.poll(() => page.notebook.getCellCount()).toBeGreaterThan(1);
});

test('adds a connection and removes it again', async ({ page }) => {
  const explorer = new Explorer(page);
  await explorer.open();
  await explorer.experiment(TUMOURS).waitFor();
  const uri = await explorer.panel
    .locator('.jp-MlflowHeader-uri')
    .getAttribute('title');
  await explorer.click(explorer.button('More actions'));
  await page.getByRole('menuitem', { name: /Add Connection/ }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Name').fill('Mine');
  await dialog.getByLabel(/tracking URI/i).fill('ftp://nowhere');
  await dialog.getByRole('button', { name: 'Add' }).click();
  await expect(page.getByText(/ftp/).last()).toBeVisible();
  await page
    .getByRole('dialog')
    .getByLabel(/tracking URI/i)
    .fill(`${uri}?x=1`);
  await page.getByRole('dialog').getByRole('button', { name: 'Add' }).click();
  await expect(explorer.connection.locator('option:checked')).toHaveText(
    'Mine'
  );
  await expect(explorer.experiment(TUMOURS)).toBeVisible();
  await explorer.removeConnection();
  await expect(
    explorer.connection.locator('option', { hasText: 'Mine' })
  ).toHaveCount(0);
});
