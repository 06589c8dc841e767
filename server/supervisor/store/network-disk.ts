import { statfsSync } from 'node:fs';

/** NFS, SMB, CIFS, SMB2, 9P, Ceph, AFS (statfs(2)): the write-ahead log needs memory shared on one machine. */
const NETWORK_TYPES = new Set([0x6969, 0x517b, 0xff534d42, 0xfe534d42, 0x01021997, 0x00c36400, 0x5346414f]);

/** Whether a folder lies on a network file system (Linux; others do not tell in numbers). */
export const onNetwork = (folder: string, type: number = statfsSync(folder).type): boolean =>
  process.platform === 'linux' && NETWORK_TYPES.has(type);
