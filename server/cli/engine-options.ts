/** Where a command that trains or tests computes: the same options everywhere. */
import { Option } from 'commander';

export const backendOption = (): Option =>
  new Option('--backend <name>', 'engine').choices(['auto', 'tensorflow', 'onnx']).default('auto');

export const deviceOption = (): Option =>
  new Option('--device <name>', 'device').choices(['auto', 'cpu', 'cuda', 'webgpu']).default('auto');
