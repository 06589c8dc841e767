/** The server of the Model Context Protocol on standard input and output: another client of the training server. */
import { Writable } from 'node:stream';
import { McpServer } from '@modelcontextprotocol/server';
import { StdioServerTransport, serveStdio } from '@modelcontextprotocol/server/stdio';
import { jsonSchema } from '../run-file/json-schema.ts';
import { runFileTemplate } from '../run-file/template.ts';
import { productVersion } from '../system/processes.ts';
import { offerFileTools } from './files.ts';
import { log } from './log.ts';
import { offerLook } from './look.ts';
import { offerResultTools } from './results.ts';
import { offerTrainingTools } from './training.ts';

const instructions = `Rectiscope trains deep image classifiers from run files (*.rectiscope.yaml) and reports the line that keeps a network from learning.
Work in this order: \`check\` a file, since a network whose gradient vanishes is found without training; \`fix\` it (\`write: true\` changes the file); \`train\` it, with few steps first (\`set: ["train.steps=200"]\`); \`show\` the run with \`wait_seconds\` until it has ended; \`prove\` a fix by training a copy beside it; \`compare\` runs.
A finding with \`cause\` follows from another one: fix that first. Errors are per cent, lower is better. Runs continue when you disconnect.
How a run file is written: the resources rectiscope://run-file/example and rectiscope://run-file/schema.`;

const RESOURCES = [
  {
    name: 'run-file-example',
    uri: 'rectiscope://run-file/example',
    title: 'A run file, every line explained',
    mimeType: 'application/yaml',
    read: () => runFileTemplate('example'),
  },
  {
    name: 'run-file-schema',
    uri: 'rectiscope://run-file/schema',
    title: 'JSON Schema of run files, with meanings, units and defaults',
    mimeType: 'application/schema+json',
    read: () => JSON.stringify(jsonSchema()),
  },
] as const;

function createServer(): McpServer {
  const server = new McpServer(
    { name: 'rectiscope', title: 'Rectiscope', version: productVersion() },
    { instructions },
  );
  offerFileTools(server);
  offerLook(server);
  offerTrainingTools(server);
  offerResultTools(server);
  for (const { name, uri, read, ...about } of RESOURCES)
    server.registerResource(name, uri, about, async () => ({
      contents: [{ uri, mimeType: about.mimeType, text: read() }],
    }));
  return server;
}

/** Reserves standard output for the protocol: all other output goes to standard error. */
function takeOutput(): Writable {
  const { stdout, stderr } = process;
  const write = stdout.write.bind(stdout);
  stdout.write = stderr.write.bind(stderr);
  return new Writable({ write: (chunk: Buffer, _encoding, done) => void write(chunk, done) });
}

/** Serve until standard input is closed. */
export async function serve(): Promise<void> {
  const { promise: ended, resolve } = Promise.withResolvers<void>();
  for (const event of ['end', 'close'] as const) process.stdin.once(event, () => resolve());
  const transport = new StdioServerTransport(process.stdin, takeOutput());
  const handle = serveStdio(createServer, { transport, onerror: (error) => log(`MCP: ${error.message}`) });
  await ended;
  await handle.close();
}
