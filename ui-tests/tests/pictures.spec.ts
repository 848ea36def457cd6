/**
 * Pictures of the panel in both themes at 300 px, to look at and for the README.
 *
 * They go to the test results; with UPDATE_PICTURES=1 those for the README go to docs/images.
 */
import { expect, test } from '@jupyterlab/galata';
import { Explorer } from '../helpers/explorer';
import { picture } from '../helpers/pictures';

for (const theme of ['light', 'dark'] as const) {
  test(`shows nothing cut off at 300 px in the ${theme} theme`, async ({
    page
  }, info) => {
    const explorer = new Explorer(page);
    await page.setViewportSize({ width: 1280, height: 800 });
    if (theme === 'dark') {
      await page.theme.setDarkTheme();
    }
    await page.notebook.createNew(undefined, { kernel: 'python3' });
    await page.sidebar.setWidth(300, 'left');
    await explorer.open();
    await explorer.click(explorer.experiment('Demo: tumour classifiers'));
    await explorer.click(explorer.rows.nth(0));
    await expect(
      explorer.artifacts.getByRole('treeitem').first()
    ).toBeVisible();
    await explorer.click(explorer.rows.nth(1), {
      modifiers: ['ControlOrMeta']
    });
    await explorer.click(explorer.button('Insert comparison'));
    await expect.poll(() => page.notebook.getCellCount()).toBeGreaterThan(1);
    await page.notebook.run();
    await expect(
      page.locator('.jp-NotebookPanel .jp-OutputArea-output table').last()
    ).toBeVisible({ timeout: 60_000 });

    const cut = await explorer.panel.evaluate(panel => {
      const right = panel.getBoundingClientRect().right;
      return Array.from(panel.querySelectorAll('button, input, select'))
        .filter(node => node.getBoundingClientRect().right > right + 1)
        .map(node => node.outerHTML.slice(0, 120));
    });
    expect(cut).toEqual([]);
    expect(
      await explorer.panel.evaluate(
        panel => panel.scrollWidth <= panel.clientWidth
      )
    ).toBe(true);
    await page
      .locator('.jp-NotebookPanel .jp-OutputArea-output table')
      .last()
      .evaluate(table => table.scrollIntoView({ block: 'end' }));
    await page.locator('.Toastify__toast').waitFor({ state: 'detached' });
    await page.screenshot({ path: picture(info, `compare-${theme}`) });
    await explorer.panel.screenshot({
      path: info.outputPath(`panel-${theme}.png`)
    });
  });
}
