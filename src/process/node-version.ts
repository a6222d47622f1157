const OLDEST = 22;

// Imports run before statements, so this module is the first import of every entry point.
if (Number(process.versions.node.split('.')[0]) < OLDEST) {
  process.stderr.write(
    `Frontdesk needs Node.js ${OLDEST} or newer and runs on ${process.versions.node} here: start it with npm start, which uses its own Node.\n`,
  );
  process.exit(1);
}
