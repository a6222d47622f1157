import { readFileSync } from 'node:fs';

const README = readFileSync(new URL('../../../deploy/README.md', import.meta.url), 'utf8');

/** The one block of commands in the operator's README that holds a text. */
export function operatorsRecipe(text) {
  const blocks = [...README.matchAll(/^```sh\n([^]*?)^```$/gm)].map(([, block]) => block);
  const found = blocks.filter((block) => block.includes(text));
  if (found.length !== 1) throw new Error(`${found.length} blocks of deploy/README.md hold "${text}"`);
  return found[0];
}
