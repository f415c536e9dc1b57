/* The page comes up: first the map, then the sections in their order. */
"use strict";
(function (A) {
  A.startMap();
  A.startChoices();
  A.startPanels();
  A.startGroups();
  A.startTree();
  A.startPeriods();
  A.startCurves();
  A.startFindings();
  A.startRun();
  A.startSections();
})(window.Asterism);
