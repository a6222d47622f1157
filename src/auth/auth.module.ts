import { Global, Module } from '@nestjs/common';
import type { Config } from '../../config/env.js';
import { Callers } from '../platform/access/callers.js';
import { Sessions } from '../platform/access/sessions.js';
import { Clock } from '../platform/clock.js';
import { CONFIG } from '../platform/config.js';
import { Database } from '../platform/database/database.js';
import { CredentialsModule } from '../users/credentials.module.js';
import { AccessTokenVerifier } from './access-token.verifier.js';
import { BearerCallers } from './bearer.callers.js';
import { BearerStrategy } from './bearer.strategy.js';
import { ExpiredSweep } from './expired.sweep.js';
import { KeyRing } from './keys/key.ring.js';
import { openKeyRing } from './keys/key.store.js';
import { ProviderTokenService } from './provider/provider.token.service.js';
import { ActorCache } from './sessions/actor.cache.js';
import { ActorChanges } from './sessions/actor.changes.js';
import { SessionsRepository } from './sessions/sessions.repository.js';
import { SignInLimits } from './sign-in.limits.js';
import { SignIn } from './sign-in.service.js';
import { Revocation } from './token/revocation.js';
import { TokenService } from './token/token.service.js';

/** Who somebody is: sign-in, sessions and tokens. Global, for the platform asks for Sessions and may not import this. */
@Global()
@Module({
  imports: [CredentialsModule],
  providers: [
    { provide: KeyRing, inject: [CONFIG, Database], useFactory: openKeyRing },
    {
      provide: AccessTokenVerifier,
      inject: [CONFIG, KeyRing, Clock],
      useFactory: (config: Config, keys: KeyRing, clock: Clock) =>
        new AccessTokenVerifier(config, keys, clock),
    },
    { provide: TokenService, useClass: ProviderTokenService },
    { provide: Callers, useClass: BearerCallers },
    { provide: Sessions, useExisting: SessionsRepository },
    ActorCache,
    ActorChanges,
    BearerStrategy,
    ExpiredSweep,
    Revocation,
    SessionsRepository,
    SignIn,
    SignInLimits,
  ],
  exports: [BearerStrategy, Callers, Sessions],
})
export class AuthModule {}
