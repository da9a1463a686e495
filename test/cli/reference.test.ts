import { expect, test } from 'vitest';
import { commandReference } from '../../src/cli/reference.ts';

// `npx vitest run test/cli/reference.test.ts -u` writes the page anew.
test('docs/reference/cli.md is what the program says of itself', async () => {
  await expect(commandReference()).toMatchFileSnapshot('../../docs/reference/cli.md');
});
