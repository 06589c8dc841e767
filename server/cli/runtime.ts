/** `rectiscope runtime status | install | remove`. */
import { Command, Option } from 'commander';
import { formatBytes } from '../domain/numbers/units.ts';
import type { InstallProgress } from '../runtime/attempt.ts';
import { RuntimeError } from '../runtime/errors.ts';
import { folderBytes } from '../runtime/folder-bytes.ts';
import { type InstallOptions, installRuntime } from '../runtime/install.ts';
import { removeRuntime } from '../runtime/remove.ts';
import { type RuntimeStatus, runtimeStatus } from '../runtime/status.ts';
import { type VerifyRuntime, verifyBy } from '../runtime/verify.ts';
import { processFile } from '../system/processes.ts';
import { onInterrupt } from './interrupt.ts';
import { Exit, print, printJson, say } from './output.ts';
import { RuntimeProgress } from './runtime-progress.ts';

/** A state as users' scripts read it. `bytes` is what lies in the runtime's folder. */
async function statusJson(status: RuntimeStatus): Promise<Record<string, unknown>> {
  if (!status.installed) {
    const { problem, advice, installing, folder } = status;
    return {
      event: 'runtime',
      installed: false,
      folder,
      bytes: await folderBytes(folder),
      installing,
      problem,
      advice,
    };
  }
  const { version, variant, source, folder, bytes, addon, libraries, python, compiler, advice } = status;
  return {
    event: 'runtime',
    installed: true,
    package: status.package,
    version,
    variant,
    source,
    folder,
    bytes,
    addon,
    libraries,
    python,
    compiler,
    ...(advice === undefined ? {} : { advice }),
  };
}

async function show(status: RuntimeStatus, json: boolean): Promise<void> {
  if (json) return printJson(await statusJson(status));
  if (!status.installed) {
    print(status.problem);
    print(status.installing ? 'An installation is in progress.' : status.advice);
    const bytes = await folderBytes(status.folder);
    if (bytes > 1e6) print(`${formatBytes(bytes)} in ${status.folder}: \`rectiscope runtime remove\` deletes them.`);
    return;
  }
  const origin = status.source === 'pip' ? `fetched with ${status.python}` : `used in place from ${status.python}`;
  print(`TensorFlow ${status.version} for ${status.variant} (${status.package}), ${origin}`);
  print(`libraries  ${status.libraries}`);
  print(`addon      ${status.addon}, built with ${status.compiler}`);
  print(`on disk    ${formatBytes(status.bytes)} in ${status.folder}`);
  if (status.advice !== undefined) print(status.advice);
}

/** A failure as its reader wants it; anything that is not the user's to mend goes on as it is. */
function fail(error: unknown, json: boolean): void {
  if (!(error instanceof RuntimeError)) throw error;
  if (json)
    printJson({
      event: 'error',
      code: error.code,
      message: error.message,
      ...(error.detail ? { detail: error.detail } : {}),
    });
  say(error.message);
  if (error.detail) say(error.detail.replaceAll(/^/gm, '  '));
  const badInput = error.code === 'bad-location' || error.code === 'foreign-folder';
  process.exitCode = error.code === 'interrupted' ? Exit.interrupted : badInput ? Exit.badInput : Exit.unexpected;
}

const progressJson = ({ phase, message, done, total }: InstallProgress): void =>
  printJson({
    event: 'progress',
    phase,
    message,
    ...(done === undefined ? {} : { done }),
    ...(total === undefined ? {} : { total }),
  });

async function install(options: Omit<InstallOptions, 'onProgress' | 'signal'>, json: boolean): Promise<void> {
  const stop = new AbortController();
  const interrupt = (): void => {
    // Stopping takes seconds at most.
    if (stop.signal.aborted) return;
    say('Stopping …');
    stop.abort();
  };
  const calm = onInterrupt(interrupt);
  const progress = new RuntimeProgress(process.stderr);
  try {
    const onProgress = (step: InstallProgress): void => {
      if (json) progressJson(step);
      else progress.show(step);
    };
    const status = await installRuntime({ ...options, onProgress, signal: stop.signal });
    progress.end();
    await show(status, json);
  } catch (error) {
    progress.end();
    fail(error, json);
  } finally {
    calm();
  }
}

async function remove(json: boolean): Promise<void> {
  try {
    const { folder, nothing, bytes, environment, left } = await removeRuntime();
    if (json) printJson({ event: 'removed', folder, bytes, nothing, left, ...(environment ? { environment } : {}) });
    else if (nothing) print(`There is no runtime in ${folder}.`);
    else print(`Removed the runtime in ${folder}: ${formatBytes(bytes)} freed.`);
    if (environment !== undefined) say(`The TensorFlow of ${environment} is untouched.`);
    for (const problem of left) say(problem);
    if (left.length > 0) process.exitCode = Exit.unexpected;
  } catch (error) {
    fail(error, json);
  }
}

/**
 * The sub-command.
 * @param verify tries a new runtime out; by default it trains a small network and compares with onnxruntime
 */
export function runtimeCommand(verify: VerifyRuntime = verifyBy(processFile('runtime-verify'))): Command {
  const command = new Command('runtime')
    .description('the native TensorFlow runtime: a faster engine, and CUDA')
    .exitOverride();
  const json = (): Option => new Option('--json', 'JSON lines on standard output');
  command
    .command('status')
    .description('what is installed and where, and what can be installed')
    .addOption(json())
    .action(async (options: { json?: true }) => {
      try {
        await show(await runtimeStatus(), options.json === true);
      } catch (error) {
        fail(error, options.json === true);
      }
    });
  command
    .command('install')
    .description('download TensorFlow’s libraries with pip, or use those of a Python environment, and build the addon')
    .addOption(
      new Option('--source <source>', 'where TensorFlow comes from')
        .choices(['auto', 'pip', 'environment'])
        .default('auto'),
    )
    .option('--python <program or folder>', 'the Python, or the environment, to use')
    .option('--cuda', 'the library for NVIDIA GPUs (Linux on x86-64; about 3.5 GB)')
    .addOption(
      new Option('--compiler <compiler>', 'what builds the addon').choices(['auto', 'machine', 'zig']).default('auto'),
    )
    .option('--force', 'reinstall even if it is installed')
    .addOption(json())
    .action(
      async ({
        json: asJson,
        ...options
      }: Pick<InstallOptions, 'source' | 'python' | 'cuda' | 'compiler' | 'force'> & { json?: true }) =>
        install({ ...options, verify }, asJson === true),
    );
  command
    .command('remove')
    .description('remove only what install added')
    .addOption(json())
    .action((options: { json?: true }) => remove(options.json === true));
  return command;
}
