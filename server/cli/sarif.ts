/**
 * Findings as SARIF 2.1.0 (OASIS, https://docs.oasis-open.org/sarif/sarif/v2.1.0/), which code hosts and editors show in
 * the margin of a file. Plain objects, only what the standard requires and what such viewers read.
 */
import { pathToFileURL } from 'node:url';
import { RULES } from '../domain/rules/rules.ts';
import type { FileEdit, FindingEvent, Severity } from '../protocol/events.ts';
import type { FindingPlace } from '../protocol/finding-place.ts';
import { RUN_FILE_RULE } from '../run-file/mistake.ts';

const SCHEMA = 'https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json';

/** A place in a file; lines and columns count from 1, the end is exclusive, as in SARIF. */
interface Region {
  readonly startLine: number;
  readonly startColumn: number;
  readonly endLine?: number;
  readonly endColumn?: number;
}

/** One thing to report of a file. */
export interface Report {
  readonly rule: string;
  readonly severity: Severity;
  readonly message: string;
  /** The file that it stands in, where that is another than the one that was judged. */
  readonly file?: string;
  /** Absent where no line of a file is to blame. */
  readonly region?: Region;
  /** The node of a graph that it is about. */
  readonly node?: string;
  readonly fix?: FindingEvent['fix'];
  /** Numbers behind it, and the finding that explains it. */
  readonly properties?: Readonly<Record<string, unknown>>;
}

export interface FileReports {
  /** As the user named it. */
  readonly file: string;
  readonly reports: readonly Report[];
}

/** The place of a finding as a report has it. */
export const reportPlace = ({
  file,
  line,
  column = 1,
  node,
}: FindingPlace): Pick<Report, 'file' | 'region' | 'node'> => ({
  ...(file !== undefined && { file }),
  ...(line !== undefined && { region: { startLine: line, startColumn: column } }),
  ...(node !== undefined && { node }),
});

const LEVELS: Record<Severity, 'error' | 'warning' | 'note'> = {
  error: 'error',
  warning: 'warning',
  information: 'note',
};

/** `vanishing-gradient` → `VanishingGradient`: SARIF wants a name that people can read beside the id. */
const nameOf = (id: string): string => id.replaceAll(/(?:^|-)(\w)/g, (_, letter: string) => letter.toUpperCase());

const firstSentence = (text: string): string => /^.*?[.:](?=\s|$)/s.exec(text)?.[0].replace(/:$/, '.') ?? text;

/** What each rule is, from its own notes. */
const RULE_DESCRIPTORS = [
  ...RULES.map(({ id, detail, notes }) => ({
    id,
    name: nameOf(id),
    shortDescription: { text: firstSentence(detail) },
    fullDescription: { text: detail },
    help: {
      text: `${detail}\n\nMeasured: ${notes.quantity}\nTest: ${notes.test}\nFix: ${notes.fix}\nSource of the threshold: ${notes.source}\nKnown false positives: ${notes.falsePositives}`,
      markdown: `${detail}\n\n- **Measured:** ${notes.quantity}\n- **Test:** ${notes.test}\n- **Fix:** ${notes.fix}\n- **Source of the threshold:** ${notes.source}\n- **Known false positives:** ${notes.falsePositives}`,
    },
    properties: { tags: ['training'] },
  })),
  {
    id: RUN_FILE_RULE,
    name: nameOf(RUN_FILE_RULE),
    shortDescription: { text: 'The run file can’t be read.' },
    fullDescription: {
      text: 'A key, value or shape of the run file is not as expected; the message gives the details.',
    },
    help: {
      text: 'Fix the line as the message says: it gives what was expected, and the nearest valid key.',
      markdown: 'Fix the line as the message says: it gives what was expected, and the nearest valid key.',
    },
    properties: { tags: ['run-file'] },
  },
];

const regionOf = ({ line, column, end_line, end_column }: FileEdit) => ({
  startLine: line,
  startColumn: column,
  endLine: end_line,
  endColumn: end_column,
});

/** Relative names stay so, with slashes, for a viewer that has the repository; absolute ones become URIs. */
function locationOf(file: string): { uri: string } {
  if (/^(?:[A-Za-z]:[\\/]|\/)/.test(file)) return { uri: pathToFileURL(file).href };
  const parts = file.replaceAll('\\', '/').replace(/^\.\//, '').split('/');
  return { uri: parts.map(encodeURIComponent).join('/') };
}

function resultOf(judged: string, { rule, severity, message, file, region, node, fix, properties }: Report) {
  const artifactLocation = locationOf(file ?? judged);
  // Edits are of the run file.
  const edited = locationOf(judged);
  return {
    ruleId: rule,
    ruleIndex: RULE_DESCRIPTORS.findIndex(({ id }) => id === rule),
    level: LEVELS[severity],
    // SARIF knows fixes as edits only: one in words alone is part of the message.
    message: { text: fix?.edits.length === 0 ? `${message} Fix: ${fix.title}.` : message },
    locations: [
      {
        physicalLocation: { artifactLocation, ...(region && { region }) },
        ...(node !== undefined && { logicalLocations: [{ fullyQualifiedName: node }] }),
      },
    ],
    ...(fix?.edits.length && {
      fixes: [
        {
          description: { text: fix.title },
          artifactChanges: [
            {
              artifactLocation: edited,
              replacements: fix.edits.map((edit) => ({
                deletedRegion: regionOf(edit),
                insertedContent: { text: edit.text },
              })),
            },
          ],
        },
      ],
    }),
    ...(properties && { properties }),
  };
}

/** One log with one run: what a version of Rectiscope found in some files. */
export function sarifLog(files: readonly FileReports[], version: string) {
  return {
    $schema: SCHEMA,
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: { name: 'Rectiscope', version, semanticVersion: version, rules: RULE_DESCRIPTORS },
        },
        // Columns of run files are counted as JavaScript counts.
        columnKind: 'utf16CodeUnits',
        results: files.flatMap(({ file, reports }) => reports.map((report) => resultOf(file, report))),
      },
    ],
  };
}
