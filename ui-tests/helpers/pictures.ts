/** Where pictures go: to the test results, or with UPDATE_PICTURES=1 to docs/images. */
import type { TestInfo } from '@playwright/test';
import { join } from 'node:path';

const IMAGES = join(__dirname, '..', '..', 'docs', 'images');

export function picture(info: TestInfo, name: string): string {
  return process.env.UPDATE_PICTURES
    ? join(IMAGES, `${name}.png`)
    : info.outputPath(`${name}.png`);
}
