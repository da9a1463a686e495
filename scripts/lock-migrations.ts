// Records the migrations of a release, so that test/tidy.test.ts fails when one of them is edited later.
// Run with `npm run migrations:lock` as part of a release, never to silence that test.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { repositoryFiles, repositoryRoot } from '../test/kit/repository.ts';
import { migrationsOf } from '../test/kit/tidy.ts';

const migrations = migrationsOf(repositoryFiles());
const file = join(repositoryRoot, 'test', 'kit', 'migrations.lock.json');
writeFileSync(file, `${JSON.stringify(Object.fromEntries(migrations), null, 2)}\n`);
console.log(`${migrations.length} migrations recorded`);
