import { type IncomingMessage, ServerResponse } from 'node:http';
import { Inject, Injectable } from '@nestjs/common';
import { Provider, type Adapter, type KoaContextWithOIDC } from 'oidc-provider';
import type { Config } from '../../../config/env.js';
import { CONFIG } from '../../platform/settings/config.js';
import { Database } from '../../platform/database/database.js';
import { UserCredentials } from '../../users/user.credentials.js';
import { PASSWORD_PARAMETERS, passwordGrant } from '../grants/password.js';
import type { KeyRing } from '../keys/key.ring.js';
import { KeyWatch } from '../keys/key.watch.js';
import { SessionsRepository } from '../sessions/sessions.repository.js';
import { SignIn } from '../sign-in.service.js';
import { type TokenAnswer, type TokenRequest, TokenService } from '../token/token.service.js';
import { configurationOf } from './configuration.js';
import { published } from './discovery.js';
import { wasReused } from './ending.js';
import { GrantStore } from './grant.store.js';
import { UnsupportedAdapter } from './unsupported.adapter.js';
import { FULL_SCOPE } from '../../access/rights.js';
import { providerRequest } from './provider.request.js';
import { RefreshTokenStore } from './refresh-token.store.js';

type Handle = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

/** oidc-provider behind TokenService: it is handed requests and gives answers, and never holds a connection. */
@Injectable()
export class ProviderTokenService extends TokenService {
  private readonly stores: ReadonlyMap<string, Adapter>;
  private made: { keys: KeyRing; handle: Handle } | undefined;
  private readonly answered = new WeakMap<IncomingMessage, KoaContextWithOIDC>();
  private readonly failed = new WeakMap<IncomingMessage, Error>();

  constructor(
    @Inject(CONFIG) private readonly config: Config,
    private readonly keys: KeyWatch,
    database: Database,
    sessions: SessionsRepository,
    private readonly credentials: UserCredentials,
    private readonly signIn: SignIn,
  ) {
    super();
    this.stores = new Map<string, Adapter>([
      ['Grant', new GrantStore(database, sessions)],
      ['RefreshToken', new RefreshTokenStore(database, sessions)],
    ]);
  }

  /** A provider keeps the keys that it was made with: other keys are another provider, which takes a millisecond. */
  private get handle(): Handle {
    const keys = this.keys.current;
    if (this.made?.keys !== keys) this.made = { keys, handle: this.handleWith(keys) };
    return this.made.handle;
  }

  private handleWith(keys: KeyRing): Handle {
    const { config, signIn } = this;
    const provider = new Provider(
      config.publicUrl,
      configurationOf({
        config,
        keys,
        adapter: (name) => this.stores.get(name) ?? new UnsupportedAdapter(name),
        mayHaveTokens: (userId) => this.credentials.mayHaveTokens(userId),
      }),
    );
    // Its X-Forwarded-Proto is the one that providerRequest() wrote.
    provider.proxy = true;
    provider.registerGrantType('password', passwordGrant(config, signIn), PASSWORD_PARAMETERS);
    provider.on('server_error', (ctx, error) => void this.failed.set(ctx.req, error));
    provider.use(async (ctx, next) => {
      ctx.respond = false;
      try {
        await next();
        this.answered.set(ctx.req, ctx as KoaContextWithOIDC);
      } catch (error) {
        this.failed.set(ctx.req, error as Error);
      }
    });
    return provider.callback();
  }

  override async answer(given: TokenRequest): Promise<TokenAnswer> {
    const request = providerRequest(this.config.publicUrl, given);
    await this.handle(request, new ServerResponse(request));
    const failure = this.failed.get(request);
    if (failure !== undefined) throw failure;
    const ctx = this.answered.get(request);
    if (ctx === undefined) throw new Error(`the provider gave no answer to ${given.method} ${given.path}`);
    return {
      status: ctx.status,
      headers: headersOf(ctx),
      body: bodyOf(ctx),
      clientId: ctx.oidc?.entities.Client?.clientId,
      reused: wasReused(ctx),
    };
  }
}

/** Length and CORS are settled where the answer is sent. */
function headersOf(ctx: KoaContextWithOIDC): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const name of ['cache-control', 'content-type', 'www-authenticate']) {
    const value = ctx.response.get(name);
    if (value !== '') headers[name] = value;
  }
  return headers;
}

function bodyOf({ body, oidc }: KoaContextWithOIDC): Record<string, unknown> | undefined {
  if (typeof body !== 'object' || body === null) return undefined;
  const content = body as Record<string, unknown>;
  return oidc.route === 'discovery' ? { ...published(content), scopes_supported: [FULL_SCOPE] } : content;
}
