import { errors, type TokenEndpointGrantContext } from 'oidc-provider';
import type { Config } from '../../../config/env.js';
import type { SignIn } from '../sign-in.service.js';
import { resourceServer } from '../token/resource.server.js';
import { audienceOf } from '../token/token.service.js';
import { FULL_SCOPE } from '../../access/rights.js';

export const PASSWORD_PARAMETERS = ['username', 'password', 'scope'];

type Context = TokenEndpointGrantContext<{ username?: string; password?: string }>;

/** The resource owner password credentials grant (RFC 6749, 4.3). Scope words that we do not know are left out (3.3). */
export const passwordGrant =
  (config: Config, signIn: SignIn) =>
  async (ctx: Context): Promise<void> => {
    const { client, params, provider } = ctx.oidc;
    const { username, password } = params;
    if (username === undefined || password === undefined) {
      throw new errors.InvalidRequest('username and password are both needed');
    }
    const user = await signIn.authenticate(username, password, client.clientId);
    if (user === undefined) throw new errors.InvalidGrant('wrong username or password');

    const accountId = String(user.id);
    const api = audienceOf(config.publicUrl);
    const grant = new provider.Grant({ accountId, clientId: client.clientId });
    grant.addResourceScope(api, FULL_SCOPE);
    const grantId = await grant.save();
    if (!(await signIn.open(user, password, grantId, client.clientId))) {
      throw new errors.InvalidGrant('the account was changed while it was checked');
    }
    ctx.oidc.entity('Grant', grant);

    const source = { accountId, client, grantId, gty: 'password', scope: FULL_SCOPE };
    const accessToken = new provider.AccessToken({
      ...source,
      resourceServer: new provider.ResourceServer(api, resourceServer(config)),
    });
    const refreshToken = new provider.RefreshToken({ ...source, resource: api });
    ctx.body = {
      access_token: await accessToken.save(),
      token_type: accessToken.tokenType,
      expires_in: accessToken.expiration,
      refresh_token: await refreshToken.save(),
      scope: FULL_SCOPE,
    };
  };
