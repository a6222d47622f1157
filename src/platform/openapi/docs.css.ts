/**
 * Hides what Swagger UI shows and nobody here needs. Signing in takes a username and a password: no client, secret or
 * scope. A refused sign-in is told in its dialog, so not again above the page. Refusals have one shape: status and codes do.
 */
const HIDDEN = [
  '.topbar',
  '.errors-wrapper',
  '.scheme-container .servers, .scheme-container .servers-title',
  '.auth-container .scope-def',
  '.auth-container h4',
  '.auth-container h4 ~ p:has(> code)',
  ".auth-container .wrapper:has(> label[for='password_type'])",
  ".auth-container .wrapper:has(> label[for^='client_'])",
  // Whoever tries things out is a person; a device sends its secret from elsewhere.
  '.auth-container form:has(#auth-bearer-value)',
  '.parameter__empty_value_toggle',
  '.response-col_links',
  ".response[data-code^='4'] .response-col_description__inner ~ *",
  ".response[data-code^='5'] .response-col_description__inner ~ *",
  ".response[data-code='default'] .response-col_description__inner ~ *",
];

export const DOCS_CSS = `
${HIDDEN.flatMap((group) => group.split(', '))
  .map((selector) => `.swagger-ui ${selector}`)
  .join(',\n')} { display: none }

.swagger-ui .info { margin: 32px 0 16px }
.swagger-ui .info .renderedMarkdown p { max-width: 56em; margin-inline: 0; line-height: 1.5 }
.swagger-ui .scheme-container { margin: 0 0 16px; padding: 0; background: none; box-shadow: none }
.swagger-ui .scheme-container .schemes { justify-content: flex-start }
.swagger-ui .scheme-container .auth-wrapper { padding: 0 }
.swagger-ui .scheme-container .auth-wrapper .authorize { margin: 0 }

.swagger-ui .dialog-ux .modal-ux-header h3 { font-size: 0 }
.swagger-ui .dialog-ux .modal-ux-header h3::after { content: 'Sign in'; font-size: 20px }
.swagger-ui .dialog-ux .modal-ux { width: min(560px, 94vw); min-width: 0; max-width: none }

@media (max-width: 640px) {
  .swagger-ui .opblock .opblock-summary-path, .swagger-ui .opblock .opblock-summary-path__deprecated { max-width: none }
  .swagger-ui .opblock .opblock-summary-method { min-width: 62px }
  .swagger-ui .opblock-tag small, .swagger-ui .responses-table .headers .header-col:last-child { display: none }
}
`;
