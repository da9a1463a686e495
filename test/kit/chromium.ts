import { spawnSync } from 'node:child_process';
import { chromium, type Browser } from 'playwright-core';

/**
 * What Chromium goes without. Only the last such list counts, so it begins with what Playwright turns off. The two at the end
 * are pages behind the address bar: nobody sees them, and each window would load them, a sixth of all that a run takes.
 */
const OFF = [
  'AvoidUnnecessaryBeforeUnloadCheckSync',
  'DestroyProfileOnBrowserClose',
  'HttpsUpgrades',
  'HttpsFirstBalancedModeAutoEnable',
  'LensOverlay',
  'MediaRouter',
  'PaintHolding',
  'ThirdPartyStoragePartitioning',
  'AvoidCorsURLLoaderRestartOnRedirect',
  'OptimizationHints',
  'NetworkTimeServiceQuerying',
  'AimEnabled',
  'PreconnectToSearch',
  'WebUIOmniboxPopup',
  'WebUIOmniboxAimPopup',
];

/** Nothing is drawn for anybody's eyes but in pictures of pages, and there is no graphics card to draw it. */
const FLAGS = ['--no-sandbox', '--disable-gpu', '--in-process-gpu', `--disable-features=${OFF.join(',')}`];

export function startChromium(): Promise<Browser> {
  return chromium.launch({ executablePath: path(), args: FLAGS });
}

/** The first has no windows, tabs and address bar to look after. */
function path(): string {
  for (const name of ['chromium-headless-shell', 'chromium', 'chromium-browser', 'google-chrome']) {
    const found = spawnSync('which', [name], { encoding: 'utf8' });
    if (found.status === 0) return found.stdout.trim();
  }
  throw new Error('No Chromium on PATH: `npm test` installs one.');
}
