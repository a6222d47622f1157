// The load of one round by autocannon; prints its result as JSON. A body with `{{uuid}}` in it gets a new one each time.
import { randomUUID } from 'node:crypto';
import autocannon from 'autocannon';

const { url, token, body, seconds, connections } = JSON.parse(process.argv[2]);
const text = body && JSON.stringify(body);

const result = await autocannon({
  url,
  connections,
  duration: seconds,
  headers: {
    authorization: `Bearer ${token}`,
    ...(text && { 'content-type': 'application/json' }),
  },
  ...(text && {
    requests: [
      {
        method: 'POST',
        setupRequest: (request) => ({ ...request, body: text.replaceAll('{{uuid}}', () => randomUUID()) }),
      },
    ],
  }),
});
process.stdout.write(JSON.stringify(result));
