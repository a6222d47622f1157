import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Controller, Get } from '@nestjs/common';
import { APP_FILTER, APP_GUARD } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { Authenticated, Public, RequirePermission } from '../../src/access/access.decorators.js';
import { AccessGuard } from '../../src/access/access.guard.js';
import { assertMayPass } from '../../src/access/access.policy.js';
import { operator, type Principal, type UserPrincipal } from '../../src/access/principal.js';
import { ProblemFilter } from '../../src/platform/errors/problem.filter.js';

/** As a feature has routes, one of which says nothing of who may call it. */
@Controller()
class Probe {
  @Get('undeclared')
  undeclared(): string {
    return 'let in';
  }

  @Get('public')
  @Public()
  open(): string {
    return 'let in';
  }

  @Get('authenticated')
  @Authenticated()
  authenticated(): string {
    return 'let in';
  }

  @Get('permission')
  @RequirePermission('user:delete')
  permission(): string {
    return 'let in';
  }
}

const user: UserPrincipal = {
  ...{ type: 'user', id: 1, name: 'someone', roles: [], rank: 1, session_id: '', client_id: 'frontdesk' },
  ...{ disabled: false, must_change_password: false, token_expires_at: Number.POSITIVE_INFINITY },
  rights: { granted: new Set(['user:delete']), scope: undefined },
};

let app: NestFastifyApplication;
/** Whom an earlier guard has recognised. */
let caller: Principal | undefined;

beforeAll(async () => {
  const module = await Test.createTestingModule({
    controllers: [Probe],
    providers: [
      { provide: APP_GUARD, useClass: AccessGuard },
      { provide: APP_FILTER, useClass: ProblemFilter },
    ],
  }).compile();
  app = module.createNestApplication<NestFastifyApplication>(new FastifyAdapter(), { logger: false });
  app
    .getHttpAdapter()
    .getInstance()
    .addHook('onRequest', (request, _reply, done) => {
      if (caller !== undefined) request.principal = caller;
      done();
    });
  await app.init();
  await app.getHttpAdapter().getInstance().ready();
});
afterAll(() => app?.close());

async function answerTo(principal: Principal | undefined, url: string): Promise<string> {
  caller = principal;
  const { statusCode, body } = await app.inject({ method: 'GET', url });
  return statusCode === 200 ? body : `${statusCode} ${(JSON.parse(body) as { code: string }).code}`;
}

describe('a route', () => {
  it('that declares no rule is closed to everybody', async () => {
    expect(await answerTo(operator, '/undeclared')).toBe('403 forbidden');
    expect(await answerTo(undefined, '/undeclared')).toBe('403 forbidden');
    expect(() => assertMayPass(undefined, operator)).toThrow('declares no access rule');
  });

  it('that is public is open to nobody in particular', async () => {
    expect(await answerTo(undefined, '/public')).toBe('let in');
  });

  it.each(['/authenticated', '/permission'])('with a rule needs a principal: %s', async (url) => {
    expect(await answerTo(undefined, url)).toBe('401 invalid_token');
    expect(await answerTo(user, url)).toBe('let in');
  });

  it('that asks for a permission is closed to whoever lacks it', async () => {
    const without = { ...user, rights: { granted: new Set<never>(), scope: undefined } };
    expect(await answerTo(without, '/permission')).toBe('403 forbidden');
  });

  it('is closed to whoever must change the password first, or is disabled', async () => {
    expect(await answerTo({ ...user, must_change_password: true }, '/permission')).toBe(
      '403 password_change_required',
    );
    expect(await answerTo({ ...user, disabled: true }, '/authenticated')).toBe('403 account_disabled');
  });
});
