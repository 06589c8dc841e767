import { Command } from 'commander';
import { jsonSchema } from '../run-file/json-schema.ts';

/** `rectiscope schema`, for editors that know run files by their JSON Schema only. */
export const schemaCommand = (): Command =>
  new Command('schema')
    .description('The JSON Schema of run files, for editors without our language server (see docs/editors.md).')
    // A file, not a text for people: the commands that it names stay as they are.
    .action(() => void process.stdout.write(`${JSON.stringify(jsonSchema(), null, 2)}\n`));
