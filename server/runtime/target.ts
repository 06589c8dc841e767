/**
 * What the runtime consists of on each platform: which wheel has TensorFlow's libraries, which files in it, and which
 * release of the zig compiler is used on a machine without a C++ compiler. Pure: the caller describes the machine.
 *
 * Files are pinned by the SHA-256 that their index publishes, so neither a mirror nor a proxy can substitute another one.
 */
import { RuntimeError } from './errors.ts';

export const TENSORFLOW_VERSION = '2.21.0';
const ZIG_VERSION = '0.17.1';

/** A wheel to fetch with pip. */
export interface WheelRequest {
  /** As pip understands it: `name==version`. */
  requirement: string;
  /** Accepted SHA-256 sums of the file; with none, only the index's own sum is checked. */
  sha256: readonly string[];
  /** Of the wheel's tags, not of the Python that runs pip. */
  pythonVersion: string;
  platforms: readonly string[];
}

export interface RuntimeTarget {
  /** As Node names it: `linux-x64`. */
  platform: string;
  variant: 'cpu' | 'cuda';
  wheel: WheelRequest;
  zig: WheelRequest;
  /** zig's name of this platform, with the oldest system that TensorFlow's libraries run on. */
  zigTriple: string;
  /** Folder of the libraries below the package folder `tensorflow`; empty: the package folder itself. */
  libraryFolder: string;
  /** The libraries that the addon is linked with, in link order. */
  libraries: readonly string[];
  /** Peak disk space of an installation: archive, unpacked files, compiler. Bytes. */
  bytesNeeded: number;
}

export interface Machine {
  platform: NodeJS.Platform;
  arch: string;
  /** Version of the GNU C library, where there is one. */
  glibc?: string | undefined;
  /** Of the Python that was found, `major.minor`; matters on Windows only. */
  pythonVersion: string;
}

const LINUX_LIBRARIES = ['libtensorflow_cc.so.2', 'libtensorflow_framework.so.2'];

/** pip matches tags literally: every older glibc in a wheel's tags has to be listed. */
const manylinux = (machine: string): string[] =>
  ['manylinux_2_27', 'manylinux_2_17', 'manylinux2014', 'manylinux_2_12', 'manylinux2010'].map(
    (tag) => `${tag}_${machine}`,
  );

/** The DLL on Windows imports the DLL of one Python version, so there every version has its own file. */
const WINDOWS_SHA256: Readonly<Record<string, string>> = {
  '3.10': '8ee4d30fca0249c441bf65e63994df848dc63c80730bd494a9aa9ce5e3f0dee5',
  '3.11': '0064a19bdc054a4b7c5e7e21cdf50ce38a114c2bada578b4f5267a37410f6784',
  '3.12': '27ba0682572b1e50a0db1ee74cfb787eafcfdb1b751bbbf401fed62fe32a92e0',
  '3.13': '76cccbe0a95d9392dee1ae501ae0656b6c73c1cac29a7f8f32d570e0670863f7',
};

/** On other platforms the libraries do not depend on Python; this version has a wheel on every one. */
const ANY_PYTHON = '3.11';

const unsupported = (what: string): RuntimeError =>
  new RuntimeError('unsupported', {
    what,
    advice: 'You can train without it: the onnx backend works here without installation.',
  });

const noCuda = (platform: string): RuntimeError =>
  unsupported(`TensorFlow has CUDA libraries for Linux on x86-64 only, not for ${platform}.`);

const tensorflow = (name: string, platforms: readonly string[], sha256: string): WheelRequest => ({
  requirement: `${name}==${TENSORFLOW_VERSION}`,
  sha256: [sha256],
  pythonVersion: ANY_PYTHON,
  platforms,
});

const zig = (platforms: readonly string[], sha256: string): WheelRequest => ({
  requirement: `ziglang==${ZIG_VERSION}`,
  sha256: [sha256],
  pythonVersion: ANY_PYTHON,
  platforms,
});

/** Is version `a` (dotted numbers) older than `b`? */
export function isOlder(a: string, b: string): boolean {
  const [left, right] = [a, b].map((version) => version.split('.').map(Number));
  for (let i = 0; i < Math.max(left?.length ?? 0, right?.length ?? 0); i++) {
    const difference = (left?.[i] ?? 0) - (right?.[i] ?? 0);
    if (difference !== 0) return difference < 0;
  }
  return false;
}

function linux(machine: Machine, cuda: boolean): RuntimeTarget {
  if (machine.glibc === undefined || isOlder(machine.glibc, '2.27')) {
    const has = machine.glibc === undefined ? 'another C library' : `glibc ${machine.glibc}`;
    throw unsupported(`TensorFlow's libraries need glibc 2.27 or newer; this system has ${has}.`);
  }
  const common = { libraryFolder: '', libraries: LINUX_LIBRARIES };
  if (machine.arch === 'x64') {
    const platforms = manylinux('x86_64');
    return {
      ...common,
      platform: 'linux-x64',
      variant: cuda ? 'cuda' : 'cpu',
      wheel: cuda
        ? tensorflow('tensorflow', platforms, '9056fbc9ba04235810b71ae6cbd958a196e8804fb53bbcffbf3e23b56155f124')
        : tensorflow('tensorflow-cpu', platforms, '2b847d217b02ee7731ed91431daf3250daa0196c3c94614d23be27232e6e5b6c'),
      zig: zig(platforms, 'ea6cc5d87b033cf0aedfbc8f9549a908cae6c50ac31f1698188fa48a74524b54'),
      zigTriple: 'x86_64-linux-gnu.2.27',
      bytesNeeded: cuda ? 10e9 : 1.5e9,
    };
  }
  if (cuda) throw noCuda('linux-arm64');
  const platforms = manylinux('aarch64');
  return {
    ...common,
    platform: 'linux-arm64',
    variant: 'cpu',
    wheel: tensorflow('tensorflow', platforms, '4b24aca16d527a3cf1c37f720c04c484c3d20f4d0fdfa98632ac8b9f3be6eb5c'),
    zig: zig(platforms, 'b7c5f02fccd40f89b999ee16a1f5ddced56e6182370f8affe494bcf8a28cf07e'),
    zigTriple: 'aarch64-linux-gnu.2.27',
    bytesNeeded: 1.5e9,
  };
}

function windows(machine: Machine): RuntimeTarget {
  const sha256 = WINDOWS_SHA256[machine.pythonVersion];
  if (sha256 === undefined) {
    throw new RuntimeError('no-wheel', {
      what: `TensorFlow ${TENSORFLOW_VERSION} has no Windows library for Python ${machine.pythonVersion}.`,
      advice: `Install Python ${Object.keys(WINDOWS_SHA256).join(', ')} (64 bit) and name it with --python.`,
    });
  }
  return {
    platform: 'win32-x64',
    variant: 'cpu',
    wheel: { ...tensorflow('tensorflow', ['win_amd64'], sha256), pythonVersion: machine.pythonVersion },
    zig: zig(['win_amd64'], '69c3dfc3aff6a297ec4017aa904782c0e450eb988982d7f675d83edce27526fb'),
    zigTriple: 'x86_64-windows-gnu',
    libraryFolder: 'python',
    libraries: ['_pywrap_tensorflow_common.dll'],
    bytesNeeded: 2.2e9,
  };
}

const appleSilicon = (): RuntimeTarget => ({
  platform: 'darwin-arm64',
  variant: 'cpu',
  wheel: tensorflow(
    'tensorflow',
    ['macosx_12_0_arm64'],
    '51f46f4806139d01fc7920cc72a4c75876f80649bf40ff083ab6212ceb43ca88',
  ),
  zig: zig(['macosx_13_0_arm64'], '09953b6af7f64168b915180a42774f520f92d86ef6331b28e33915c7e1f0bb23'),
  zigTriple: 'aarch64-macos.12.0',
  libraryFolder: '',
  libraries: ['libtensorflow_cc.2.dylib', 'libtensorflow_framework.2.dylib'],
  bytesNeeded: 1.5e9,
});

/**
 * What to install on a machine.
 * @throws RuntimeError `unsupported` if TensorFlow publishes no library, `no-wheel` if only another Python has one.
 */
export function targetFor(machine: Machine, cuda: boolean): RuntimeTarget {
  const name = `${machine.platform}-${machine.arch}`;
  if (name === 'linux-x64' || name === 'linux-arm64') return linux(machine, cuda);
  if (cuda) throw noCuda(name);
  if (name === 'win32-x64') return windows(machine);
  if (name === 'darwin-arm64') return appleSilicon();
  throw unsupported(`TensorFlow ${TENSORFLOW_VERSION} has no library for ${name}.`);
}
