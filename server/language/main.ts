/** The language server as a process: over standard input and output (`--stdio`) or Node's IPC (`--node-ipc`). */
import { createConnection, ProposedFeatures } from 'vscode-languageserver/node';
import { listen } from './server.ts';

listen(createConnection(ProposedFeatures.all));
