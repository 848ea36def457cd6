/** A real MLflow tracking server: added in the panel, browsed, its proxied artifacts opened; then it dies and returns. */
import { spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from '@jupyterlab/galata';
import { Explorer } from '../helpers/explorer';

const DATA =
  process.env.UI_STORES_DIR ?? join(__dirname, '..', '..', 'build', 'ui-tests');
const PORT = Number(process.env.UI_PORT ?? 8940) + 2;
const URL = `http://127.0.0.1:${PORT}`;

let server: ChildProcess | null = null;

async function start(): Promise<void> {
  const options = ['--host', '127.0.0.1', '--port', String(PORT)];
  options.push('--backend-store-uri', `sqlite:///${DATA}/kinds/mlflow.db`);
  server = spawn('mlflow', ['server', '--workers', '1', ...options], {
    // A group of its own, so that its workers end with it.
    detached: true,
    stdio: 'ignore',
    env: { ...process.env, MLFLOW_SERVER_ENABLE_JOB_EXECUTION: 'false' }
  });
  await expect
    .poll(
      () =>
        fetch(`${URL}/health`).then(
          answer => answer.status,
          () => 0
        ),
      { timeout: 60_000 }
    )
    .toBe(200);
}

function stop(): void {
  if (server?.pid) {
    process.kill(-server.pid, 'SIGKILL');
  }
  server = null;
}

test.afterAll(stop);

test('browses a tracking server, opens its artifacts, and recovers when it returns', async ({
  page
}) => {
  test.setTimeout(240_000);
  await start();
  const explorer = new Explorer(page);
  await explorer.open();
  await explorer.click(explorer.button('More actions'));
  await page.getByRole('menuitem', { name: /Add Connection/ }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Name').fill('Server');
  await dialog.getByLabel(/tracking URI/i).fill(URL);
  await dialog.getByRole('button', { name: 'Add' }).click();
  await explorer.click(explorer.experiment('artifacts'));
  await explorer.click(explorer.run('all kinds'));
  await expect(explorer.artifact('plot.png')).toBeVisible();
  await explorer.choose(explorer.artifact('plot.png'), 'Open Artifact');
  await expect(page.locator('.jp-ImageViewer img')).toBeVisible();

  await page.notebook.createNew(undefined, { kernel: 'python3' });
  await explorer.choose(explorer.artifact('table.csv'), 'Insert Loading Code');
  await expect.poll(() => page.notebook.getCellCount()).toBeGreaterThan(1);
  await page.notebook.run();
  await expect(
    page.locator('.jp-NotebookPanel .jp-OutputArea-output table')
  ).toContainText('alpha', { timeout: 60_000 });

  stop();
  await explorer.click(explorer.button('Refresh'));
  await expect(explorer.panel.getByRole('alert').first()).toContainText(
    `127.0.0.1:${PORT}`
  );
  await start();
  await explorer.button('Try again').first().click();
  await expect(explorer.experiment('artifacts')).toBeVisible();
  await expect(explorer.run('all kinds')).toBeVisible();
});
