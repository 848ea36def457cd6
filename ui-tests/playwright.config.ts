import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { defineConfig, type PlaywrightTestConfig } from '@playwright/test';
import * as galata from '@jupyterlab/galata/lib/playwright-config';

// A CommonJS module whose types do not show its one export.
const baseConfig =
  (galata as { default?: PlaywrightTestConfig }).default ??
  (galata as PlaywrightTestConfig);

const PORT = Number(process.env.UI_PORT ?? 8940);
const AUTH_PORT = PORT + 1;
/** Tells both servers that they belong to the same run, so that one of them seeds. */
const RUN = `${process.pid} ${Date.now()}`;

/** The system's Chromium: Playwright's own browsers are not downloaded. */
function chromium(): string {
  const names = [
    'chromium',
    'chromium-browser',
    'google-chrome-stable',
    'google-chrome'
  ];
  const folders = (process.env.PATH ?? '').split(delimiter);
  const found = [
    process.env.CHROMIUM ?? '',
    ...names.flatMap(name => folders.map(folder => join(folder, name)))
  ].find(path => path && existsSync(path));
  if (!found) {
    throw new Error(
      'No Chromium found. Install it (apt-get install chromium) or set CHROMIUM to its path.'
    );
  }
  return found;
}

export default defineConfig({
  ...baseConfig,
  testDir: './tests',
  timeout: 90_000,
  expect: { timeout: 20_000 },
  workers: 1,
  retries: process.env.CI ? 1 : 0,
  reporter: [['list']],
  forbidOnly: Boolean(process.env.CI),
  use: {
    ...baseConfig.use,
    baseURL: `http://127.0.0.1:${PORT}`,
    video: 'off',
    trace: 'retain-on-failure',
    viewport: { width: 1400, height: 900 },
    launchOptions: {
      executablePath: chromium(),
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-dev-shm-usage',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
        '--no-first-run',
        '--force-color-profile=srgb',
        '--font-render-hinting=none'
      ]
    }
  },
  webServer: [
    {
      command: 'python serve.py open',
      env: { UI_PORT: String(PORT), UI_RUN: RUN },
      url: `http://127.0.0.1:${PORT}/lab`,
      timeout: 240_000,
      reuseExistingServer: false
    },
    {
      command: 'python serve.py authenticated',
      env: { UI_PORT: String(AUTH_PORT), UI_RUN: RUN },
      url: `http://127.0.0.1:${AUTH_PORT}/api`,
      timeout: 240_000,
      reuseExistingServer: false
    }
  ]
});
