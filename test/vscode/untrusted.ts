/** The story of a folder that the user does not trust: run files are checked, nothing is started. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Checks } from './checks.ts';
import type { Workbench } from './workbench.ts';

export interface UntrustedScene {
  workbench: Workbench;
  checks: Checks;
  workspace: string;
}

/** Settings and arguments of a VS Code that trusts nothing. */
export const UNTRUSTED_SETTINGS = {
  'security.workspace.trust.enabled': true,
  'security.workspace.trust.startupPrompt': 'never',
};
export const UNTRUSTED_ARGUMENTS = ['--without-connection-token'];

export async function untrustedStory({ workbench, checks, workspace }: UntrustedScene): Promise<void> {
  const { page } = workbench;
  const check = checks.check.bind(checks);
  await check('a run file is checked in a folder that is not trusted', async () => {
    await workbench.status(/Restricted Mode/).waitFor();
    await workbench.openFile('wrong.rectiscope.yaml');
    await workbench.squiggles('error').first().waitFor();
  });
  await check('Train says what it takes, and nothing is started', async () => {
    await workbench.openFile('tiny.rectiscope.yaml');
    await workbench.run('Rectiscope: Train');
    await page.locator('.notifications-toasts', { hasText: /only in a trusted workspace/ }).waitFor();
    await workbench.showRuns();
    await page.locator('.sidebar .welcome-view-content', { hasText: /only in a trusted workspace/ }).waitFor();
    await checks.picture('8-untrusted');
    assert.ok(!existsSync(join(workspace, '.rectiscope')), 'no store was made');
  });
}
