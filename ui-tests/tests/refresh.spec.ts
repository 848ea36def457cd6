/** Refreshing: a notebook written for a search finds a new run, and a cell that the user edited is asked about. */
import { expect, test } from '@jupyterlab/galata';
import { Explorer } from '../helpers/explorer';
import { picture } from '../helpers/pictures';

/** Of this test's own; a deleted experiment keeps its name, so each try has another. */
const EXPERIMENT = `Refreshed ${Date.now()}`;

/** Another run; by MLflow, as a training would. */
const train = (uri: string, name: string, auc: number): string => `
from mlflow import MlflowClient
_client = MlflowClient(${JSON.stringify(uri)})
_experiment = _client.get_experiment_by_name("${EXPERIMENT}")
_id = _experiment.experiment_id if _experiment else _client.create_experiment("${EXPERIMENT}")
_run = _client.create_run(_id, run_name="${name}").info.run_id
_client.log_metric(_run, "auc", ${auc})
_client.set_terminated(_run)
`;

test('refreshes a notebook with a new run, asks about an edited cell, and is undone at once', async ({
  page,
  tmpPath
}, info) => {
  const explorer = new Explorer(page);
  await page.notebook.createNew(undefined, { kernel: 'python3' });
  await explorer.open();
  await explorer.connect('Demo');
  const cellsOf = (): Promise<string[]> =>
    page.evaluate(() => {
      const { shell } = (window as any).jupyterapp;
      const { sharedModel } = shell.currentWidget.content.model;
      return sharedModel.cells.map((cell: any) => cell.getSource());
    });
  const command = (id: string): Promise<void> =>
    page.evaluate(id => {
      const { commands } = (window as any).jupyterapp;
      void commands.execute(`mlflow-explorer:${id}`);
    }, id);
  // In a kernel of its own, which no notebook shows.
  const python = (code: string): Promise<string> =>
    page.evaluate(async code => {
      const { kernels } = (window as any).jupyterapp.serviceManager;
      const kernel = await kernels.startNew({ name: 'python3' });
      const reply = await kernel.requestExecute({ code }).done;
      await kernel.shutdown();
      return reply.content.status;
    }, code);
  await command('insert-setup');
  await expect.poll(async () => (await cellsOf()).length).toBe(2);
  const [uri] = /sqlite:[^"]+/.exec((await cellsOf())[1]) ?? [''];
  expect(await python(train(uri, 'first', 0.7))).toBe('ok');
  expect(await python(train(uri, 'second', 0.8))).toBe('ok');

  try {
    await command('refresh-panel');
    await explorer.click(explorer.experiment(EXPERIMENT));
    await expect(explorer.rows).toHaveCount(2);
    await command('new-notebook');
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('File name').fill('about');
    await dialog.getByLabel('Folder').fill(tmpPath);
    await page.keyboard.press('Enter');
    await expect(page.getByRole('tab', { name: 'about.ipynb' })).toBeVisible();
    await expect(dialog).toHaveCount(0);
    const before = await cellsOf();
    expect(before.join('\n')).toContain('"second"');
    const toast = page.locator('.Toastify__toast').last();

    await command('refresh-notebook');
    await expect(toast).toContainText('as they would be written today');
    expect(await cellsOf()).toEqual(before);

    // A better run, and a line of the user's own.
    expect(await python(train(uri, 'third', 0.9))).toBe('ok');
    const edited = before.findIndex(source => source.startsWith('if '));
    await page.evaluate(index => {
      const { shell } = (window as any).jupyterapp;
      const cell = shell.currentWidget.content.model.sharedModel.cells[index];
      cell.setSource(`${cell.getSource()}\n# Look closer.`);
    }, edited);
    await command('refresh-notebook');
    await expect(dialog).toContainText('You edited 1 of the cells.');
    await expect(dialog).toContainText('# Look closer.');
    await dialog
      .locator('.jp-Dialog-content')
      .screenshot({ path: picture(info, 'refresh') });
    await page.keyboard.press('Escape');
    await expect(dialog).toHaveCount(0);
    expect((await cellsOf()).join('\n')).not.toContain('third');

    await command('refresh-notebook');
    await expect(dialog).toContainText('# Look closer.');
    await expect(dialog.getByRole('checkbox')).toBeFocused();
    await page.keyboard.press('Enter');
    await expect(dialog).toHaveCount(0);
    await expect
      .poll(async () => (await cellsOf()).join('\n'))
      .toContain('"third"');
    expect((await cellsOf()).join('\n')).toContain('# Look closer.');
    await expect(toast).toContainText(/\d+ cells change/);
    await toast.getByRole('button', { name: /^Run \d+ Cells$/ }).waitFor();

    await page.evaluate(() => {
      const { shell } = (window as any).jupyterapp;
      shell.currentWidget.content.model.sharedModel.undo();
    });
    const undone = [...before];
    undone[edited] += '\n# Look closer.';
    expect(await cellsOf()).toEqual(undone);
  } finally {
    await python(`${train(uri, 'last', 0)}\n_client.delete_experiment(_id)`);
  }
});
