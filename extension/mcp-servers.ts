/** Offers our tools to the editor's agents: `rectiscope mcp`, started by the editor when an agent needs it. */
import * as vscode from 'vscode';
import { commandToStart, productVersion } from '../server/system/processes.ts';

const MCP_PROVIDER = 'rectiscope.training';

/** One server per folder, since paths are relative to where it is started; none for a folder that is untrusted or not on a disk. */
export function mcpServers(): vscode.McpStdioServerDefinition[] {
  if (!vscode.workspace.isTrusted) return [];
  const folders = (vscode.workspace.workspaceFolders ?? []).filter(({ uri }) => uri.scheme === 'file');
  return folders.map(({ name, uri }) => {
    const { program, words, environment } = commandToStart(['mcp']);
    const label = folders.length === 1 ? 'Rectiscope' : `Rectiscope (${name})`;
    const server = new vscode.McpStdioServerDefinition(label, program, words, environment, productVersion());
    server.cwd = uri;
    return server;
  });
}

/** Registers the servers with the editor; does nothing in editors without this API, such as some forks of VS Code. */
export function provideMcpServers(): vscode.Disposable {
  const lm: Partial<typeof vscode.lm> | undefined = vscode.lm;
  if (!lm?.registerMcpServerDefinitionProvider) return new vscode.Disposable(() => undefined);
  const changed = new vscode.EventEmitter<void>();
  return vscode.Disposable.from(
    changed,
    vscode.workspace.onDidGrantWorkspaceTrust(() => changed.fire()),
    vscode.workspace.onDidChangeWorkspaceFolders(() => changed.fire()),
    lm.registerMcpServerDefinitionProvider(MCP_PROVIDER, {
      onDidChangeMcpServerDefinitions: changed.event,
      provideMcpServerDefinitions: mcpServers,
    }),
  );
}
