/** Artifacts as documents: every kind in JupyterLab's own viewers, by right click. */
import { expect, test } from '@jupyterlab/galata';
import type { Locator } from '@playwright/test';
import { Explorer } from '../helpers/explorer';

test.describe('artifacts', () => {
  let explorer: Explorer;

  test.beforeEach(async ({ page }) => {
    explorer = new Explorer(page);
    await page.sidebar.setWidth(420, 'left');
    await explorer.open();
    await explorer.connect('Kinds');
    await explorer.click(explorer.experiment('artifacts'));
    await explorer.click(explorer.run('all kinds'));
    await expect(explorer.artifact('plot.png')).toBeVisible();
    await page.evaluate(() => {
      (window as any).hacked = undefined;
    });
  });

  /** The document in front. */
  const document = (): Locator =>
    explorer.page
      .locator(
        '#jp-main-dock-panel .jp-Document:not(.lm-mod-hidden), #jp-main-dock-panel .jp-MainAreaWidget:not(.lm-mod-hidden)'
      )
      .last();

  const kinds: [string, (shown: Locator) => Promise<void>][] = [
    [
      'plot.png',
      shown => expect(shown.locator('.jp-ImageViewer img')).toBeVisible()
    ],
    [
      'drawing.svg',
      shown => expect(shown.locator('.jp-ImageViewer img')).toBeVisible()
    ],
    [
      'table.csv',
      shown =>
        expect(
          shown.locator('.lm-DataGrid, .jp-CSVViewer').first()
        ).toBeVisible()
    ],
    ['data.json', shown => expect(shown).toContainText('answer')],
    ['notes.md', shown => expect(shown).toContainText('Logged notes')],
    ['log.txt', shown => expect(shown).toContainText('a line of text')],
    ['page.html', shown => expect(shown.locator('iframe')).toBeVisible()],
    [
      'paper.pdf',
      shown =>
        expect(shown.locator('iframe, embed, object').first()).toBeAttached()
    ],
    ['book.ipynb', shown => expect(shown).toContainText('Logged notebook')],
    ['tone.wav', shown => expect(shown.locator('audio')).toBeAttached()],
    ['clip.mp4', shown => expect(shown.locator('video')).toBeAttached()],
    [
      'unknown.xyz',
      shown => expect(shown).toContainText('text under an unknown ending')
    ],
    ['empty.txt', shown => expect(shown.locator('.cm-content')).toBeVisible()],
    ['a #1 100% é?.txt', shown => expect(shown).toContainText('odd name')],
    [
      '<img src=x onerror=window.hacked=1>.txt',
      shown => expect(shown).toContainText('hostile name')
    ]
  ];

  for (const part of [kinds.slice(0, 8), kinds.slice(8)]) {
    test(`opens ${part.map(([name]) => name).join(', ')}`, async ({ page }) => {
      test.setTimeout(180_000);
      for (const [name, check] of part) {
        await explorer.artifact(name).scrollIntoViewIfNeeded();
        await explorer.choose(explorer.artifact(name), 'Open Artifact');
        await expect(page.getByRole('tab', { name }).first()).toBeVisible();
        await check(document());
        await expect(page.locator('.jp-Dialog')).toHaveCount(0);
        await page.evaluate(() =>
          (window as any).jupyterapp.commands.execute('application:close')
        );
      }
      expect(await page.evaluate(() => (window as any).hacked)).toBeUndefined();
      expect(await page.title()).not.toContain('taken over');
    });
  }

  test('opens Markdown with its image, and a file three folders deep', async ({
    page
  }) => {
    await explorer.choose(explorer.artifact('notes.md'), 'Open Artifact');
    const image = page.locator('.jp-RenderedMarkdown img').first();
    await expect(image).toBeVisible();
    await expect
      .poll(() => image.evaluate((img: HTMLImageElement) => img.naturalWidth))
      .toBe(32);

    for (const folder of ['one', 'one/two', 'one/two/three']) {
      await explorer.artifact(folder).dblclick();
    }
    await explorer.choose(
      explorer.artifact('one/two/three/deep.txt'),
      'Open Artifact'
    );
    await expect(document()).toContainText('three deep');
  });

  test('explains what it does not open, and offers what can be done', async ({
    page
  }) => {
    for (const name of ['model.bin', 'big.txt']) {
      await explorer.choose(explorer.artifact(name), 'Open Artifact');
      const shown = page.locator('.jp-MlflowArtifactPage').last();
      await expect(shown).toContainText(name);
      await expect(
        shown.getByRole('button', { name: /Download/ })
      ).toBeVisible();
      await expect(shown.getByRole('button', { name: /Insert/ })).toBeVisible();
    }
    const shown = page.locator('.jp-MlflowArtifactPage').last();
    await expect(shown).toContainText('26.2 MB');
    await shown.getByRole('button', { name: /first megabyte/i }).click();
    await expect(shown).toContainText('0123456789abcde');
  });

  test('downloads, copies the path, and inserts loading code', async ({
    page
  }) => {
    const download = page.waitForEvent('download');
    await explorer.choose(
      explorer.artifact('a #1 100% é?.txt'),
      'Download Artifact'
    );
    const file = await download;
    expect(
      await file.createReadStream().then(async stream => {
        const parts: Buffer[] = [];
        for await (const part of stream) {
          parts.push(part as Buffer);
        }
        return Buffer.concat(parts).toString();
      })
    ).toBe('odd name\n');

    await page
      .context()
      .grantPermissions(['clipboard-read', 'clipboard-write']);
    await explorer.choose(explorer.artifact('table.csv'), 'Copy Artifact Path');
    await expect
      .poll(() => page.evaluate(() => navigator.clipboard.readText()))
      .toContain('table.csv');

    await page.notebook.createNew(undefined, {
      kernel: 'python3'
    });
    await explorer.choose(
      explorer.artifact('table.csv'),
      'Insert Loading Code'
    );
    await expect.poll(() => page.notebook.getCellCount()).toBeGreaterThan(1);
    await page.notebook.run();
    const notebook = page.locator('.jp-NotebookPanel:not(.lm-mod-hidden)');
    await expect(notebook.locator('.jp-OutputArea-output table')).toContainText(
      'alpha',
      { timeout: 60_000 }
    );
  });

  test('opens a logged model and its own artifacts', async ({ page }) => {
    const name = 'churn classifier';
    const summary = explorer.model(name).locator('summary');
    await expect(summary).toContainText('Ready');
    await expect(summary).toContainText('step 1,200');
    await summary.press('Enter');
    const tree = explorer.panel.getByRole('tree', {
      name: `Artifacts of model ${name}`
    });
    await expect(tree.getByRole('treeitem')).toHaveText([
      /MLmodel/,
      /data/,
      /python_env.yaml/,
      /requirements.txt/
    ]);

    await explorer.choose(
      explorer.modelArtifact(name, 'MLmodel'),
      'Open Artifact'
    );
    await expect(document()).toContainText('python_function');
    await explorer.modelArtifact(name, 'requirements.txt').dblclick();
    await expect(document()).toContainText('scikit-learn');
    await tree.focus();
    await tree.press('Home');
    await tree.press('ArrowDown');
    await tree.press('ArrowRight');
    const odd = explorer.modelArtifact(name, 'data/weights é #1.txt');
    await expect(odd).toBeVisible();
    const download = page.waitForEvent('download');
    await explorer.choose(odd, 'Download Artifact');
    expect((await download).suggestedFilename()).toBe('weights é #1.txt');

    await page.notebook.createNew(undefined, { kernel: 'python3' });
    await explorer.choose(
      explorer.modelArtifact(name, 'MLmodel'),
      'Insert Loading Code'
    );
    const notebook = page.locator('.jp-NotebookPanel:not(.lm-mod-hidden)');
    await expect(notebook).toContainText('get_logged_model');
  });

  test('leaves no request to change the drive', async ({ page }) => {
    const writes: string[] = [];
    page.on('request', request => {
      const isWrite = !['GET', 'HEAD', 'OPTIONS'].includes(request.method());
      if (isWrite && request.url().includes('mlflow-explorer')) {
        writes.push(`${request.method()} ${request.url()}`);
      }
    });
    await explorer.choose(explorer.artifact('log.txt'), 'Open Artifact');
    await expect(document()).toContainText('a line of text');
    // Lab says that the file is read-only; the command ends when its dialog is answered.
    await page.evaluate(() => {
      void (window as any).jupyterapp.commands
        .execute('docmanager:save')
        .catch(() => undefined);
    });
    await page.locator('.jp-Dialog').getByRole('button').last().click();
    expect(writes).toEqual([]);
  });
});
