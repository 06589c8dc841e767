import { Command } from 'commander';
import { jsonSchema } from '../run-file/json-schema.ts';
import { print } from './output.ts';

/** `rectiscope schema`, for editors that know run files by their JSON Schema only. */
export const schemaCommand = (): Command =>
  new Command('schema')
    .description('The JSON Schema of run files, for editors without our language server (see docs/editors.md).')
    .action(() => print(JSON.stringify(jsonSchema(), null, 2)));
