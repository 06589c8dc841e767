/** The properties of this machine on which the choice of a runtime depends. */
import type { Machine } from './target.ts';

/** Version of the GNU C library that Node runs on; undefined with another C library (Alpine) or none. */
function glibcVersion(): string | undefined {
  if (process.platform !== 'linux') return undefined;
  const report = process.report as NodeJS.ProcessReport & { excludeNetwork: boolean };
  const before = report.excludeNetwork;
  // Otherwise the report resolves the host names of all open connections.
  report.excludeNetwork = true;
  try {
    const { header } = report.getReport() as { header?: { glibcVersionRuntime?: string } };
    return header?.glibcVersionRuntime;
  } finally {
    report.excludeNetwork = before;
  }
}

/** @param pythonVersion of the Python that fetches, `major.minor` */
export const thisMachine = (pythonVersion: string): Machine => ({
  platform: process.platform,
  arch: process.arch,
  glibc: glibcVersion(),
  pythonVersion,
});

/** This platform as named in manifests. */
export const thisPlatform = (): string => `${process.platform}-${process.arch}`;
