/** Machines by the numbers that the formats have for them: ELF's e_machine, Mach-O's cputype, COFF's Machine. */
const ELF: Readonly<Record<number, string>> = { 62: 'linux-x64', 183: 'linux-arm64' };
const MACH_O: Readonly<Record<number, string>> = { 16777228: 'darwin-arm64', 16777223: 'darwin-x64' };
const COFF: Readonly<Record<number, string>> = { 34404: 'win32-x64', 43620: 'win32-arm64' };

/** The platform that a shared library is for, as Node names it, from its header; undefined if it is unknown. */
export function binaryKind(bytes: Buffer): string | undefined {
  if (bytes.length < 64) return undefined;
  if (bytes.readUInt32BE(0) === 0x7f454c46) return ELF[bytes.readUInt16LE(18)];
  if (bytes.readUInt32LE(0) === 0xfeedfacf) return MACH_O[bytes.readUInt32LE(4)];
  if (bytes.toString('latin1', 0, 2) !== 'MZ') return undefined;
  const header = bytes.readUInt32LE(60);
  return bytes.toString('latin1', header, header + 4) === 'PE\0\0' ? COFF[bytes.readUInt16LE(header + 4)] : undefined;
}
