/* How many points are drawn while the map moves: as many as the graphics can do without a stall, and all of them once it rests. */
"use strict";
(function (A) {
  const ALWAYS = 10000; // so many points are drawn in any case
  const FIRST = 40000; // and so many until the pace is known
  const REST = 160; // milliseconds without a move
  const [SLOW, QUICK] = [45, 24]; // milliseconds between frames

  A.pace = function (redraw) {
    const least = Math.min(1, ALWAYS / A.count);
    let share = Math.min(1, FIRST / A.count);
    let last = 0;
    let moving = false;
    const rest = A.later(function () {
      [moving, last] = [false, 0];
      redraw();
    }, REST);

    function adapt(gap) {
      if (gap > SLOW) share = Math.max(least, share * 0.7);
      else if (gap < QUICK) share = Math.min(1, share * 1.25);
    }

    return {
      moved() {
        moving = true;
        rest();
      },
      /* Points are drawn in a mixed order, so that the first ones are a fair sample of all. */
      share(now) {
        if (!moving) return 1;
        if (last) adapt(now - last);
        last = now;
        return share;
      },
    };
  };
})(window.Asterism);
