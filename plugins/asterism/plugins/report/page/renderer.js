/* Points on the graphics card: one buffer of places, one of colours, one of the order in which they are drawn. */
"use strict";
(function (A) {
  const VERTEX = `
    attribute vec2 place; attribute vec4 colour;
    uniform vec2 centre; uniform vec2 scale; uniform float size; uniform float opacity;
    varying vec4 tint;
    void main() {
      gl_Position = vec4((place - centre) * scale, 0.0, 1.0);
      gl_PointSize = size;
      tint = vec4(colour.rgb, opacity);
    }`;
  /* A round mark whose rim is one pixel soft; colours are multiplied by their opacity, as the page's compositor wants. */
  const FRAGMENT = `
    precision mediump float;
    varying vec4 tint; uniform float diameter;
    void main() {
      float from_middle = length(gl_PointCoord - 0.5) * diameter;
      float opacity = tint.a * (1.0 - smoothstep(diameter * 0.5 - 1.0, diameter * 0.5, from_middle));
      if (opacity <= 0.0) discard;
      gl_FragColor = vec4(tint.rgb * opacity, opacity);
    }`;

  function compile(gl, kind, source) {
    const shader = gl.createShader(kind);
    gl.shaderSource(shader, source);
    gl.compileShader(shader);
    if (!gl.getShaderParameter(shader, gl.COMPILE_STATUS)) throw new Error(gl.getShaderInfoLog(shader));
    return shader;
  }

  function link(gl) {
    const program = gl.createProgram();
    gl.attachShader(program, compile(gl, gl.VERTEX_SHADER, VERTEX));
    gl.attachShader(program, compile(gl, gl.FRAGMENT_SHADER, FRAGMENT));
    gl.linkProgram(program);
    if (!gl.getProgramParameter(program, gl.LINK_STATUS)) throw new Error(gl.getProgramInfoLog(program));
    return program;
  }

  function attribute(gl, program, name, count, type, normalized) {
    const buffer = gl.createBuffer();
    const place = gl.getAttribLocation(program, name);
    gl.bindBuffer(gl.ARRAY_BUFFER, buffer);
    gl.enableVertexAttribArray(place);
    gl.vertexAttribPointer(place, count, type, normalized, 0, 0);
    return buffer;
  }

  function prepare(gl) {
    const program = link(gl);
    gl.useProgram(program);
    gl.enable(gl.BLEND);
    gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
    gl.getExtension("OES_element_index_uint");
    const at = (name) => gl.getUniformLocation(program, name);
    return {
      uniforms: Object.fromEntries(["centre", "scale", "size", "opacity", "diameter"].map((name) => [name, at(name)])),
      buffers: {
        places: attribute(gl, program, "place", 2, gl.FLOAT, false),
        colours: attribute(gl, program, "colour", 4, gl.UNSIGNED_BYTE, true),
        order: gl.createBuffer(),
      },
    };
  }

  /* The renderer of a canvas, or null where there is no WebGL. */
  A.renderer = function (canvas) {
    const gl = canvas.getContext("webgl", { antialias: false, alpha: true, preserveDrawingBuffer: true });
    return gl ? rendererOf(canvas, gl) : null;
  };

  function rendererOf(canvas, gl) {
    let made = prepare(gl);
    const given = {};
    let shared = [0, 0]; // how many points lie behind, how many in front

    function upload(name, target, data) {
      given[name] = data;
      gl.bindBuffer(target, made.buffers[name]);
      gl.bufferData(target, data, gl.DYNAMIC_DRAW);
    }

    const renderer = {
      places: (data) => upload("places", gl.ARRAY_BUFFER, data),
      colours: (data) => upload("colours", gl.ARRAY_BUFFER, data),
      order(data, front) {
        shared = [data.length - front, front];
        upload("order", gl.ELEMENT_ARRAY_BUFFER, data);
      },
      /* Draw the points from one share to another; those before them stay. */
      draw(view, shares, behind, front) {
        prepareFrame(gl, made, view, shares[0] === 0);
        pass(gl, made, 0, shared[0], shares, behind);
        pass(gl, made, shared[0], shared[1], shares, front);
      },
    };
    restoring(canvas, () => {
      made = prepare(gl);
      Object.entries(given).forEach(([name, data]) => upload(name, name === "order" ? gl.ELEMENT_ARRAY_BUFFER : gl.ARRAY_BUFFER, data));
    });
    return renderer;
  }

  /* A system may take the graphics card away for a while, as on sleep. */
  function restoring(canvas, again) {
    canvas.addEventListener("webglcontextlost", (event) => event.preventDefault());
    canvas.addEventListener("webglcontextrestored", () => {
      again();
      A.map.draw();
    });
  }

  function prepareFrame(gl, made, view, fresh) {
    gl.viewport(0, 0, gl.drawingBufferWidth, gl.drawingBufferHeight);
    gl.clearColor(0, 0, 0, 0);
    if (fresh) gl.clear(gl.COLOR_BUFFER_BIT);
    gl.uniform2f(made.uniforms.centre, view.x, view.y);
    gl.uniform2f(made.uniforms.scale, (2 * view.scale) / view.width, (2 * view.scale) / view.height);
  }

  function pass(gl, made, start, count, shares, look) {
    const [from, to] = shares.map((share) => Math.ceil(count * share));
    if (to === from) return;
    gl.uniform1f(made.uniforms.size, look.size);
    gl.uniform1f(made.uniforms.diameter, look.size);
    gl.uniform1f(made.uniforms.opacity, look.opacity);
    gl.drawElements(gl.POINTS, to - from, gl.UNSIGNED_INT, (start + from) * 4);
  }
})(window.Asterism);
