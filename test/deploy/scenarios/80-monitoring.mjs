import assert from 'node:assert/strict';
import { until } from '../support/command.mjs';
import { scenario } from '../support/suite.mjs';

const query = async (machine, text) =>
  JSON.parse(
    await machine.sh(`curl -sSG http://127.0.0.1:9090/api/v1/query --data-urlencode 'query=${text}'`),
  ).data.result;

scenario('Prometheus', {}, async (t, { machine, desk }) => {
  await t.must('scrape configuration and rules are good', async () => {
    await machine.sh(`cp /opt/frontdesk/current/deploy/monitoring/prometheus.yml /etc/prometheus/prometheus.yml
      cp /opt/frontdesk/current/deploy/monitoring/frontdesk.rules.yml /etc/prometheus/
      promtool check config /etc/prometheus/prometheus.yml`);
    await machine.sh('systemctl restart prometheus');
  });
  await t.step('failing requests page, and a maintenance does not', async () => {
    const series = (name, values) => `{series: '${name}', values: '${values}'}`;
    const requests = (status, rate) =>
      series(`http_request_duration_seconds_count{job="frontdesk", status="${status}"}`, `0+${rate}x40`);
    const alerts = (closed, expected) => `
  - interval: 30s
    input_series: [${[requests(200, 100), requests(503, 100), series('maintenance_active{job="frontdesk"}', `${closed}x40`)].join(', ')}]
    alert_rule_test:
      - {eval_time: 15m, alertname: FrontdeskFailingRequests, exp_alerts: ${expected}}`;
    const raised = `[{exp_labels: {severity: page}, exp_annotations: {summary: More than 1 % of the requests fail, action: "journalctl -u 'frontdesk@*' -o cat -p warning; frontdesk check"}}]`;
    const input = `rule_files: [/etc/prometheus/frontdesk.rules.yml]\ntests:${alerts(1, '[]')}${alerts(0, raised)}\n`;
    await machine.sh('cat > /root/rules-test.yml && promtool test rules /root/rules-test.yml', { input });
  });
  await t.step('it sees both instances', async () => {
    const up = await until(
      async () => {
        const found = await query(machine, 'up{job="frontdesk"}');
        return found.length === 2 && found.every(({ value }) => value[1] === '1') && found;
      },
      { timeout: 60_000, every: 1_000, what: 'both instances being up' },
    );
    assert.deepEqual(up.map(({ metric }) => metric.instance).sort(), ['1', '2']);
  });
  await t.step('every metric that a rule or the dashboard asks for is there', async () => {
    await desk.ask('/api/v1/me');
    const shown = await machine.sh(
      `cd /opt/frontdesk/current/deploy/monitoring; grep -hoE '\\b(http|process|nodejs|jobs?|live|maintenance)_[a-z0-9_]+' frontdesk.rules.yml grafana-dashboard.json | sort -u`,
    );
    const served = (await desk.curl('http://127.0.0.1:9180/metrics/1')).body;
    // A counter with labels appears with its first count.
    const expected = shown.split('\n').filter((name) => !['job_attempts_total'].includes(name));
    for (const name of expected) assert.ok(new RegExp(`^(# TYPE )?${name}\\b`, 'm').test(served), name);
  });
});
