module.exports = {
  extends: ['stylelint-config-recommended', 'stylelint-config-standard'],
  rules: {
    'import-notation': 'url',
    'no-descending-specificity': null,
    // JupyterLab's class names: jp-Widget-part, jp-mod-state, lm-*.
    'selector-class-pattern': '^(jp|lm)-[A-Za-z0-9-]+$',
    'property-no-vendor-prefix': [
      true,
      { ignoreProperties: ['box-orient', 'line-clamp'] }
    ],
    'value-no-vendor-prefix': [true, { ignoreValues: ['box'] }]
  }
};
