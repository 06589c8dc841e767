/**
 * Compiles and links the addon against TensorFlow's libraries: ten seconds with a machine's compiler, about eighty with zig,
 * which compiles its C++ library first. The result uses only Node-API 8, so it survives updates of Node.
 */
import fs from 'node:fs/promises';
import path from 'node:path';
import type { AddonSource } from './addon-source.ts';
import { runChild } from './child.ts';
import type { Compiler } from './compiler.ts';
import { lastLines, noSpace, RuntimeError } from './errors.ts';
import type { RuntimeTarget } from './target.ts';

/** Node-API version that the addon is compiled for: Node 12.22 and all after. */
const NODE_API = 8;

export interface BuildRequest {
  source: AddonSource;
  target: RuntimeTarget;
  /** Folder of TensorFlow's headers. */
  headers: string;
  /** Folder of TensorFlow's libraries. */
  libraries: string;
  /** The addon to write. */
  out: string;
  /** Where the loader will find the libraries: beside the addon, or in their own folder. */
  loadFrom: 'beside' | 'libraries';
}

/**
 * The compiler's arguments.
 * Libraries are passed as files: the linker records each one's own name, not its path.
 * @param imports on Windows the two import libraries, of Node and of TensorFlow
 */
export function compileArguments(request: BuildRequest, kind: Compiler['kind'], imports: readonly string[]): string[] {
  const { source, target, headers, libraries, out, loadFrom } = request;
  const system = target.platform.slice(0, target.platform.indexOf('-'));
  const beside = system === 'darwin' ? '@loader_path' : '$ORIGIN';
  const linked = target.libraries.map((name) => path.join(libraries, name));
  return [
    ...(kind === 'zig' ? ['-target', target.zigTriple, '-s'] : []),
    '-O2',
    '-std=c++17',
    '-shared',
    ...(system === 'win32' ? [] : ['-fPIC']),
    `-DNAPI_VERSION=${NODE_API}`,
    '-o',
    out,
    ...source.files,
    `-I${source.folder}`,
    `-I${headers}`,
    `-I${source.nodeHeaders}`,
    ...(system === 'win32' ? imports : linked),
    // In the C library itself since glibc 2.34 only.
    ...(system === 'linux' ? ['-ldl'] : []),
    // Node's own functions are found when the addon is loaded; elsewhere that is the default.
    ...(system === 'darwin' ? ['-undefined', 'dynamic_lookup'] : []),
    ...(system === 'win32' ? [] : [`-Wl,-rpath,${loadFrom === 'beside' ? beside : libraries}`]),
  ];
}

/** Text of a module definition file, from which an import library is made. */
export const definitionFile = (module: string, names: readonly string[]): string =>
  `LIBRARY ${module}\nEXPORTS\n${names.map((name) => `    ${name}\n`).join('')}`;

/** The compiler's scratch folder and the progress callback. */
export interface BuildSurroundings {
  scratch: string;
  signal?: AbortSignal | undefined;
}

/**
 * Runs a compiler; its temporary files go to `scratch`.
 * @throws RuntimeError `compile` with its output, `disk`
 */
export async function runCompiler(command: readonly string[], { scratch, signal }: BuildSurroundings): Promise<void> {
  const [program = '', ...args] = command;
  const { code, output } = await runChild(program, args, {
    cwd: scratch,
    env: {
      TMPDIR: scratch,
      ZIG_GLOBAL_CACHE_DIR: path.join(scratch, 'zig-cache'),
      ZIG_LOCAL_CACHE_DIR: path.join(scratch, 'zig-cache'),
    },
    signal,
  });
  if (code === 0) return;
  if (/No space left on device|NoSpaceLeft/.test(output)) throw noSpace(scratch, 500e6, undefined);
  throw new RuntimeError('compile', {
    what: `The addon could not be compiled with ${path.basename(program)}.`,
    advice: 'The compiler’s output is below.',
    detail: lastLines(output, 20),
  });
}

/** Windows links against lists of names; the compiler's `dlltool` makes libraries of them. */
async function importLibraries(request: BuildRequest, zig: string, around: BuildSurroundings): Promise<string[]> {
  const lists = [
    { module: 'node.exe', names: request.source.nodeNames },
    { module: request.target.libraries[0] ?? '', names: request.source.tensorflowNames },
  ];
  const libraries: string[] = [];
  for (const [index, { module, names }] of lists.entries()) {
    const definition = path.join(around.scratch, `names-${index}.def`);
    const library = path.join(around.scratch, `names-${index}.lib`);
    await fs.writeFile(definition, definitionFile(module, names));
    await runCompiler([zig, 'dlltool', '-m', 'i386:x86-64', '-d', definition, '-l', library], around);
    libraries.push(library);
  }
  return libraries;
}

/**
 * Builds the addon with one compiler.
 * @throws RuntimeError `compile` with the compiler's output
 */
export async function buildAddon(request: BuildRequest, compiler: Compiler, around: BuildSurroundings): Promise<void> {
  const [program = ''] = compiler.command;
  const windows = request.target.platform.startsWith('win32');
  const imports = windows ? await importLibraries(request, program, around) : [];
  await runCompiler([...compiler.command, ...compileArguments(request, compiler.kind, imports)], around);
  const handle = await fs.open(request.out, 'r+');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
