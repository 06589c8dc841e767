/**
 * C++ compilers: those of the machine, and zig, complete in one wheel, for a machine without any.
 */
import fs from 'node:fs/promises';
import path from 'node:path';
import { runChild } from './child.ts';

export interface Compiler {
  kind: 'machine' | 'zig';
  /** Program and leading arguments. */
  command: readonly string[];
  /** Its own name and version. */
  description: string;
}

/** Absolute path of the program of this name; undefined if there is none. */
async function which(name: string): Promise<string | undefined> {
  const folders = name.includes('/') ? [''] : (process.env['PATH'] ?? '').split(path.delimiter);
  for (const folder of folders) {
    const file = path.resolve(folder, name);
    const runs = await fs.access(file, fs.constants.X_OK).then(
      () => true,
      () => false,
    );
    if (runs && (folder !== '' || name.includes('/'))) return file;
  }
  return undefined;
}

/**
 * The machine's own compilers, best first: `CXX`, then the usual names. None on Windows, where Visual Studio's compiler is
 * not on the path and needs its own environment.
 * @param cwd a folder to run them in
 */
export async function machineCompilers(cwd: string, signal?: AbortSignal): Promise<Compiler[]> {
  if (process.platform === 'win32') return [];
  if (process.platform === 'darwin') {
    // Without the developer tools macOS has a `c++` that only opens a window.
    const { code } = await runChild('xcode-select', ['-p'], { cwd, signal });
    if (code !== 0) return [];
  }
  const chosen = (process.env['CXX'] ?? '').split(/\s+/).filter((word) => word !== '');
  const commands = [...(chosen.length > 0 ? [chosen] : []), ['c++'], ['g++'], ['clang++']];
  const compilers = new Map<string, Compiler>();
  for (const [name = '', ...args] of commands) {
    const program = await which(name);
    if (program === undefined) continue;
    // `c++` is usually a link to one of the others.
    const key = [await fs.realpath(program), ...args].join('\n');
    if (compilers.has(key)) continue;
    const { code, stdout } = await runChild(program, [...args, '--version'], { cwd, signal });
    if (code !== 0) continue;
    const description = stdout.split('\n')[0]?.trim() ?? name;
    compilers.set(key, { kind: 'machine', command: [program, ...args], description });
  }
  return [...compilers.values()];
}

/** The compiler in an unpacked `ziglang` wheel. */
export async function zigCompiler(unpacked: string, cwd: string, signal?: AbortSignal): Promise<Compiler> {
  const program = path.join(unpacked, 'ziglang', process.platform === 'win32' ? 'zig.exe' : 'zig');
  const { stdout } = await runChild(program, ['version'], { cwd, signal });
  return { kind: 'zig', command: [program, 'c++'], description: `zig ${stdout.trim()}` };
}
