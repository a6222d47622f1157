// What features declare, for tests that load parts of them only: the application has it from their modules.
import '../../src/access/permission.table.js';
import '../../src/employees/employee.declarations.js';
import '../../src/spaces/space.declarations.js';
import '../../src/tickets/ticket.declarations.js';
import '../../src/users/user.declarations.js';
