/* How many points are drawn in one frame: as many as the graphics can do without a stall. The rest follow in the next frames. */
"use strict";
(function (A) {
  const FIRST = 20000; // points of a frame until the pace is known
  const LEAST = 5000;
  const [SLOW, QUICK, IDLE] = [34, 21, 1000]; // milliseconds between frames

  /* Shares of all points: points are drawn in a mixed order, so that the first ones are a fair sample. */
  A.pace = function () {
    const least = Math.min(1, LEAST / A.count);
    let stride = Math.min(1, FIRST / A.count);
    let shown = 0;
    let last = 0;

    function adapt(gap) {
      if (gap > SLOW && gap < IDLE) stride = Math.max(least, stride * 0.6);
      else if (gap < QUICK) stride = Math.min(1, stride * 2);
    }

    return {
      restart: () => (shown = 0),
      complete: () => shown >= 1,
      /* From where to where the frame at `now` draws. */
      next(now) {
        adapt(now - last);
        last = now;
        const from = shown;
        shown = Math.min(1, shown + stride);
        return [from, shown];
      },
    };
  };
})(window.Asterism);
