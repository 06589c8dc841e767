/** The manifest and the code say the same. */
import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, it } from 'node:test';
import { COMMANDS } from '../../extension/commands/names.ts';
import { DEFAULT_HINTS } from '../../server/language/settings.ts';

const root = resolve(import.meta.dirname, '..', '..');
const read = (file: string): string => readFileSync(join(root, file), 'utf8');

interface Manifest {
  main: string;
  icon: string;
  activationEvents: string[];
  capabilities: { untrustedWorkspaces: { supported: string; restrictedConfigurations: string[] } };
  contributes: {
    commands: { command: string }[];
    menus: Record<string, { command: string; when?: string }[]>;
    views: Record<string, { id: string; icon: string }[]>;
    viewsContainers: { activitybar: { id: string; icon: string }[] };
    viewsWelcome: { view: string }[];
    mcpServerDefinitionProviders: { id: string; label: string }[];
    walkthroughs: { steps: { media: { svg: string }; completionEvents: string[] }[] }[];
    configuration: { properties: Record<string, { default: unknown; enum?: string[] }> };
  };
}

const text = read('package.json');
const manifest = JSON.parse(text) as Manifest;
const { contributes } = manifest;
const words = JSON.parse(read('package.nls.json')) as Record<string, string>;
const code = globSync('extension/**/*.ts', { cwd: root }).map(read).join('\n');
const contributed = contributes.commands.map(({ command }) => command).toSorted();

/** What a pattern's first group finds in a text, each once. */
const all = (source: string, pattern: RegExp): string[] =>
  [...new Set([...source.matchAll(pattern)].map(([, found]) => found ?? ''))].toSorted();

describe('the manifest', () => {
  it('contributes exactly the commands that are registered', () =>
    assert.deepEqual(contributed, COMMANDS.map((name) => `rectiscope.${name}`).toSorted()));

  it('names only existing commands in menus, welcome views, walkthrough and code', () => {
    const menus = Object.values(contributes.menus)
      .flat()
      .map(({ command }) => command);
    const links = all(Object.values(words).join('\n'), /\(command:(rectiscope\.\w+)\)/g);
    const events = all(text, /onCommand:(rectiscope\.\w+)/g);
    const executed = all(code, /executeCommand\(\s*'(rectiscope\.\w+)'/g);
    assert.ok(executed.length > 3, 'the pattern finds what the code executes');
    for (const command of [...menus, ...links, ...events, ...executed])
      assert.ok(contributed.includes(command), command);
  });

  it('activates for run files and for a panel that VS Code brings back', () => {
    const panelType = /PANEL_TYPE = '([^']+)'/.exec(code)?.[1];
    assert.deepEqual(manifest.activationEvents, [
      'onLanguage:yaml',
      'workspaceContains:**/*.rectiscope.yaml',
      `onWebviewPanel:${panelType}`,
    ]);
  });

  it('has the views that the code fills', () => {
    const views = Object.values(contributes.views)
      .flat()
      .map(({ id }) => id);
    assert.deepEqual(all(code, /createTreeView\('([^']+)'/g), views.toSorted());
    for (const { view } of contributes.viewsWelcome) assert.ok(views.includes(view), view);
    for (const container of Object.keys(contributes.views)) {
      assert.ok(
        contributes.viewsContainers.activitybar.some(({ id }) => id === container),
        container,
      );
    }
  });

  it('has exactly the settings that are read, with the same defaults', () => {
    const reads = [...code.matchAll(/settings\.get\('([\w.]+)', ('?\w+'?)\)/g)];
    const defaults = Object.entries(contributes.configuration.properties).map(([name, { default: value }]) => [
      name,
      value,
    ]);
    const used = reads.map(([, name, value]) => [`rectiscope.${name}`, JSON.parse((value ?? '').replaceAll("'", '"'))]);
    // The language server asks for these itself.
    const asked = Object.entries(DEFAULT_HINTS).map(([name, value]) => [`rectiscope.inlayHints.${name}`, value]);
    assert.deepEqual([...used, ...asked].toSorted(), defaults.toSorted());
  });

  it('names the servers for agents that are provided, and needs no event for them', () => {
    const provided = /MCP_PROVIDER = '([^']+)'/.exec(code)?.[1];
    assert.deepEqual(contributes.mcpServerDefinitionProviders, [{ id: provided, label: '%mcp%' }]);
    assert.match(code, /registerMcpServerDefinitionProvider\(MCP_PROVIDER,/);
  });

  it('takes what starts a program from trusted workspaces only', () => {
    const { supported, restrictedConfigurations } = manifest.capabilities.untrustedWorkspaces;
    assert.equal(supported, 'limited');
    assert.deepEqual(restrictedConfigurations.toSorted(), ['rectiscope.backend', 'rectiscope.device']);
  });

  it('has words for every key, and a key for every word', () =>
    assert.deepEqual(all(text, /"%([\w.]+)%"/g), Object.keys(words).toSorted()));

  it('names pictures that are there', () => {
    const pictures = [
      manifest.icon,
      ...Object.values(contributes.views)
        .flat()
        .map(({ icon }) => icon),
      ...contributes.viewsContainers.activitybar.map(({ icon }) => icon),
      ...contributes.walkthroughs.flatMap(({ steps }) => steps.map(({ media }) => media.svg)),
    ];
    for (const picture of pictures) assert.ok(existsSync(join(root, picture)), picture);
  });
});
