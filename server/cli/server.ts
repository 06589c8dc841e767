import { Command } from 'commander';
import { connectToServer, stopServer } from '../client/connect.ts';
import { findHome } from '../client/home.ts';
import { formatDuration } from '../domain/numbers/units.ts';
import { Hello, PROTOCOL_VERSION, type ServerStatus } from '../protocol/requests.ts';
import { print, printJson } from './output.ts';

/** The server's status, or undefined where none runs. */
async function status(start: boolean): Promise<ServerStatus | undefined> {
  const client = await connectToServer({ home: findHome(process.cwd()), start });
  if (!client) return undefined;
  try {
    return await client.request(Hello, { protocol: PROTOCOL_VERSION });
  } finally {
    client.dispose();
  }
}

function show(server: ServerStatus | undefined, json: boolean): void {
  if (json)
    return printJson(server ? { state: 'running', ...server } : { state: 'stopped', home: findHome(process.cwd()) });
  if (!server) return print('No training server is running for this folder.');
  print(
    `Training server ${server.version}, process ${server.pid}, up ${formatDuration(server.uptime_seconds)}, Node ${server.node}, SQLite ${server.sqlite}`,
  );
  print(`store: ${server.home}`);
  if (server.trouble !== undefined) print(server.trouble);
  print(`running: ${server.running.join(', ') || 'nothing'}; queued: ${server.queued.join(', ') || 'nothing'}`);
}

/** `rectiscope server start|stop|status` */
export function serverCommand(): Command {
  const server = new Command('server').description(
    'The training server of this folder; other commands start it when needed.',
  );
  const json = ['--json', 'one JSON object'] as const;
  server
    .command('start')
    .option(...json)
    .action(async ({ json = false }: { json?: boolean }) => show(await status(true), json));
  server
    .command('status')
    .option(...json)
    .action(async ({ json = false }: { json?: boolean }) => show(await status(false), json));
  server
    .command('stop')
    .option(...json)
    .action(async ({ json = false }: { json?: boolean }) => {
      const running = (await status(false))?.running ?? [];
      const stopped = await stopServer(findHome(process.cwd()));
      if (json) printJson({ state: 'stopped' });
      else if (stopped && running.length > 0)
        print(
          `The training server has stopped. ${running.join(', ')} continues as soon as any command restarts it; to stop a run, use \`rectiscope stop\`.`,
        );
      else if (stopped) print('The training server has stopped.');
      else print('No training server is running for this folder.');
    });
  return server;
}
