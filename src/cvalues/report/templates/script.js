"use strict";
(function () {
  var root = document.documentElement;
  var language = "zh";
  var form = document.querySelector(".filters");
  var cases = Array.prototype.slice.call(document.querySelectorAll(".case"));

  function filter() {
    if (!form) { return; }
    var shown = 0;
    var wanted = Array.prototype.slice.call(form.querySelectorAll("select")).filter(function (field) {
      return field.value !== "";
    });
    cases.forEach(function (card) {
      var fits = wanted.every(function (field) { return card.dataset[field.name] === field.value; });
      card.hidden = !fits;
      shown += fits ? 1 : 0;
    });
    var count = form.querySelector(".count");
    count.textContent = count.dataset[language].replace("{n}", shown).replace("{total}", cases.length);
    document.querySelector(".empty").hidden = shown !== 0;
  }

  function speak(wanted) {
    language = wanted === "en" ? "en" : "zh";
    root.dataset.lang = language;
    root.lang = language === "en" ? "en" : "zh-CN";
    document.querySelectorAll("option").forEach(function (option) {
      option.textContent = option.dataset[language];
    });
    document.querySelectorAll("[data-set]").forEach(function (button) {
      button.setAttribute("aria-pressed", String(button.dataset.set === language));
    });
    filter();
  }

  function asked() {
    if (location.hash === "#en" || location.hash === "#zh") { return location.hash.slice(1); }
    var found = /[?&]lang=(en|zh)\b/.exec(location.search);
    return found ? found[1] : "zh";
  }

  root.classList.add("js");
  document.querySelectorAll("[data-set]").forEach(function (button) {
    button.addEventListener("click", function () { speak(button.dataset.set); });
  });
  if (form) {
    form.addEventListener("change", filter);
    form.addEventListener("submit", function (event) { event.preventDefault(); });
    form.addEventListener("reset", function () { setTimeout(filter, 0); });
  }
  window.addEventListener("hashchange", function () {
    if (location.hash === "#en" || location.hash === "#zh") { speak(asked()); }
  });
  speak(asked());
})();
