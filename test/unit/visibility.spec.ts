import { dirname, resolve } from 'node:path';
import { expect, test } from '@jest/globals';
import ts from 'typescript';

const configFile = ts.readConfigFile('tsconfig.json', (path) => ts.sys.readFile(path));
const { fileNames, options } = ts.parseJsonConfigFileContent(configFile.config, ts.sys, process.cwd());
const program = ts.createProgram(fileNames, options);
const checker = program.getTypeChecker();

const FEATURES = resolve('src') + '/(users|employees|spaces|tickets|legacy)/';

/** What a public method may be without a principal, and why: nothing of it shows a row to whoever asks. */
const NEEDS_NONE: Record<string, string> = {
  'UserService.hashed': 'makes a hash and reads nothing',
  'BoardService.page': 'whoever has the secret of a display is that display',
  'BoardService.asset': 'serves a file of the page',
  'BoardService.state': 'whoever has the secret of a display is that display',
  'BoardService.stream': 'whoever has the secret of a display is that display',
  'DisplayTokenService.holding': 'recognises a display by its secret',
  'LiveStreams.onModuleInit': 'starts timers',
  'LiveStreams.onModuleDestroy': 'ends timers',
  'SpaceAlerts.lock': 'for the job that opens and resolves tickets',
  'SpaceAlerts.linkTicket': 'for the job that opens and resolves tickets',
};

const isPrincipal = (type: ts.Type): boolean =>
  type.aliasSymbol?.name === 'Principal' ||
  ['RequestContext', 'UserPrincipal', 'Watching'].includes(type.getSymbol()?.name ?? '');

/** The classes that controllers of features have injected: all that a request can reach. */
function reachable(): ts.ClassDeclaration[] {
  const found = new Set<ts.ClassDeclaration>();
  for (const file of program.getSourceFiles()) {
    if (!new RegExp(`^${FEATURES}.*\\.controller\\.ts$`).test(resolve(file.fileName))) continue;
    for (const statement of file.statements) {
      if (!ts.isClassDeclaration(statement)) continue;
      const made = statement.members.find((member) => ts.isConstructorDeclaration(member));
      for (const { type } of made?.parameters ?? []) {
        const declared = type && checker.getTypeFromTypeNode(type).getSymbol()?.valueDeclaration;
        if (declared === undefined || !ts.isClassDeclaration(declared)) continue;
        if (new RegExp(`^${FEATURES}`).test(`${dirname(resolve(declared.getSourceFile().fileName))}/`))
          found.add(declared);
      }
    }
  }
  return [...found];
}

const isHidden = (member: ts.ClassElement): boolean =>
  (ts.getCombinedModifierFlags(member) & (ts.ModifierFlags.Private | ts.ModifierFlags.Protected)) !== 0;

function withoutPrincipal(service: ts.ClassDeclaration): string[] {
  return service.members.flatMap((member) => {
    if (!ts.isMethodDeclaration(member) || isHidden(member)) return [];
    const takes = member.parameters.some((parameter) => isPrincipal(checker.getTypeAtLocation(parameter)));
    return takes ? [] : [`${service.name?.text}.${member.name.getText()}`];
  });
}

test('every public method of a service that requests reach takes the principal, but those of which is said why not', () => {
  const services = reachable();
  expect(services.length).toBeGreaterThan(12);
  expect(services.flatMap(withoutPrincipal).sort()).toEqual(Object.keys(NEEDS_NONE).sort());
}, 60_000);
