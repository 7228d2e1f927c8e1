; A rule base as a CLIPS 6.4 program, written by `legwise export clips`.
[[title]]
;
; It draws the conclusions of one person's answers; it is not a diagnosis, and it does not ask
; the questions. In CLIPS:
;     (load "this-file.clp")
;     (reset)
;     (assert (answer (question some_question) (reply yes)))
;     (run)
;
; One answer fact for each question answered. A reply is yes or no; the id of an option, or of
; several where several can be chosen; a number; or not_sure. The questions and their options
; stand below. Begin again with (reset).

;;; ================================================================================================
;;; Templates: the kinds of fact.

; What the person said. CLIPS refuses a mistyped question.
[[answer]]

; What is known of the base: its questions, hypotheses, red flags and findings, and their words.
(deftemplate question (slot id) (slot type) (slot low) (slot high) (slot ask) (multislot options))

(deftemplate hypothesis (slot id) (slot label) (slot place))

(deftemplate flag (slot id) (slot label) (slot urgency))

(deftemplate label (slot of) (slot text))

(deftemplate scope (slot id) (slot say))

(deftemplate strength (slot name) (slot factor))

(deftemplate band (slot name) (slot least))

(deftemplate tier (slot urgency) (slot do) (slot when))

; What is concluded. A finding is established by one true rule, ruled out when all its rules are
; false.
(deftemplate applies (slot question) (slot state (allowed-symbols yes no)))

(deftemplate finding (slot name) (slot state (allowed-symbols established ruled-out)))

; A true rule that argues; of a group only the strongest counts, the others are outdone.
(deftemplate evidence
  (slot rule) (slot place) (slot direction (allowed-symbols for against)) (slot hypothesis) (slot strength)
  (slot role) (slot group))

(deftemplate outdone (slot rule))

(deftemplate red-flag
  (slot name) (slot state (allowed-symbols raised ruled-out not-ruled-out)) (slot rule (default -)))

(deftemplate advice (slot name) (slot rule))

(deftemplate out-of-scope (slot name))

; One of several rules for a finding or red flag that no further answer can make true.
(deftemplate refuted (slot rule))

; A part of a condition that several clauses read, or that an `or` would multiply out.
(deftemplate part (slot name) (slot state (allowed-symbols true false)))

; Sums: what each item brings, and the sum of the first so many items, as bounds.
(deftemplate item (slot of) (slot after) (slot place) (slot name))

(deftemplate points (slot item) (slot bound (allowed-symbols at-least at-most)) (slot points))

(deftemplate total (slot of) (slot items) (slot bound) (slot points))

; From here on, only when nothing is left to fire.
(deftemplate stage (slot name))

(deftemplate unsure (slot about))

(deftemplate unsure-emergency (slot name))

(deftemplate unanswered (slot question))

(deftemplate weighed (slot hypothesis) (slot band) (slot certainty) (slot place))

(deftemplate verdict (slot urgency) (slot out-of-scope))

;;; ================================================================================================
;;; The questions and other names of the base.

[[names]]

;;; ================================================================================================
;;; Functions that test a reply.

; Tell whether a reply of several choices has one of these options. "None of these" beside
; not_sure is taken back.
(deffunction ticked (?reply $?options)
  (progn$ (?option ?options)
    (if (and (member$ ?option ?reply)
             (not (and (eq ?option none) (member$ not_sure ?reply))))
     then (return TRUE)))
  FALSE)

; Tell whether a reply of several choices certainly has none of these options.
(deffunction not-ticked (?reply $?options)
  (not (or (member$ not_sure ?reply) (ticked ?reply ?options))))

; Tell whether a reply of several choices leaves open whether it has one of these options.
(deffunction unsure-of (?reply $?options)
  (and (member$ not_sure ?reply) (not (ticked ?reply ?options))))

; Tell whether a question allows a reply.
(deffunction allowed (?type ?low ?high ?options $?reply)
  (if (eq ?reply (create$ not_sure)) then (return TRUE))
  (switch ?type
    (case number then
      (and (= (length$ ?reply) 1)
           (numberp (nth$ 1 ?reply))
           (>= (nth$ 1 ?reply) ?low)
           (<= (nth$ 1 ?reply) ?high)))
    (case many then
      (and (> (length$ ?reply) 0)
           (subsetp ?reply (create$ ?options not_sure))
           (or (not (member$ none ?reply))
               (= (length$ (delete-member$ ?reply none not_sure)) 0))))
    (default (and (= (length$ ?reply) 1) (subsetp ?reply ?options)))))

; A mistyped reply must not pass for an answer. (A mistyped question is refused by the template
; of answer.)
(defrule reply:not-allowed
  (declare (salience 100))
  (answer (question ?question) (reply $?reply))
  (question (id ?question) (type ?type) (low ?low) (high ?high) (ask ?ask) (options $?options))
  (test (not (allowed ?type ?low ?high ?options ?reply)))
  =>
  (printout t "Not a reply to " (str-cat ?question) ": " (implode$ ?reply) crlf "  " ?ask crlf
              "  Allowed: " (if (eq ?type number) then (str-cat ?low " to " ?high) else (implode$ ?options))
              ", not_sure" crlf)
  (halt))

(defrule reply:twice
  (declare (salience 100))
  ?one <- (answer (question ?question))
  ?other <- (answer (question ?question))
  (test (< (fact-index ?one) (fact-index ?other)))
  =>
  (printout t "Two replies to " (str-cat ?question) "; retract one of them." crlf)
  (halt))

;;; ================================================================================================
;;; The rules of the base, each under its own name: what holds, and what follows.
;;;
;;; Names with a colon are not the base's: they are of the helper rules further down.
;;; A question that is asked of some people only counts where it applies; see the gates below.

[[rules]]

;;; ================================================================================================
;;; Three values without negation.
;;;
;;; Helper rules. A condition is true, false or unknown: a question without an answer, and
;;; not_sure, are unknown, and unknown never counts as no. `(not (answer ...))` would take what
;;; nobody has said for a no, and a later answer would have to withdraw what was concluded from
;;; it. So none of the rules above, and none in this section, has a `not`: that something is
;;; false is a fact of its own, drawn from answers that are there. Facts are only ever added;
;;; therefore the order in which the rules fire changes nothing, and whoever adds an answer only
;;; adds conclusions.

[[helpers]]

;;; ================================================================================================
;;; Sums: scores, and `at least so many of these`.
;;;
;;; An item brings at least and at most so many points; a closer bound stands beside an earlier
;;; one, and sums of bounds are bounds of the sum. So a limit is decided as soon as the answers
;;; decide it.

[[sums]]

(defrule sum:add-up
  (item (of ?sum) (after ?before) (place ?place) (name ?item))
  (total (of ?sum) (items ?before) (bound ?bound) (points ?so-far))
  (points (item ?item) (bound ?bound) (points ?more))
  =>
  (assert (total (of ?sum) (items ?place) (bound ?bound) (points (+ ?so-far ?more)))))

[[points]]

;;; ================================================================================================
;;; Closing.
;;;
;;; Nothing is left to fire, so what is not there now will not come, and `not` may be used:
;;; which red flags could not be ruled out, and which of the emergencies among them because
;;; somebody was not sure. (Do not add answers after this; begin again with (reset).)

(defrule stage:closing
  (declare (salience -10))
  =>
  (assert (stage (name closing))))

(defrule closing:not-ruled-out
  (stage (name closing))
  (flag (id ?flag))
  (not (red-flag (name ?flag) (state raised|ruled-out)))
  =>
  (assert (red-flag (name ?flag) (state not-ruled-out))))

; Questions that may apply and have no answer.
(defrule closing:unanswered
  (stage (name closing))
  (question (id ?question))
  (not (answer (question ?question)))
  (not (applies (question ?question) (state no)))
  =>
  (assert (unanswered (question ?question))))

[[closing]]

;;; ================================================================================================
;;; The verdict.
;;;
;;; The verdict: certainty factors combined as in EMYCIN, belief and disbelief each by itself,
;;; so that the order of the rules does not matter; then the bands, and the urgency. A factor is
;;; a ranking device, not a probability.

; The certainty factor of each strength, and the least certainty of each band.
[[factors]]

(deffunction factor (?strength)
  (do-for-fact ((?s strength)) (eq ?s:name ?strength) (return ?s:factor)))

; Evidence that restates one fact shares a group: only the strongest of a group counts, of
; equals the first.
(defrule verdict:outdone
  (evidence (rule ?rule) (hypothesis ?about) (direction ?way) (group ?group&~-) (strength ?strength) (place ?place))
  (evidence (rule ~?rule) (hypothesis ?about) (direction ?way) (group ?group) (strength ?other) (place ?where))
  (test (or (> (factor ?other) (factor ?strength))
            (and (= (factor ?other) (factor ?strength)) (< ?where ?place))))
  =>
  (assert (outdone (rule ?rule))))

; What the evidence of one direction leaves open: the product of 1 - factor, the strongest
; first.
(deffunction left-open (?about ?way)
  (bind ?factors (create$))
  (do-for-all-facts ((?e evidence))
      (and (eq ?e:hypothesis ?about)
           (eq ?e:direction ?way)
           (not (any-factp ((?o outdone)) (eq ?o:rule ?e:rule))))
    (bind ?factors (create$ ?factors (factor ?e:strength))))
  (bind ?open 1.0)
  (progn$ (?factor (sort < ?factors)) (bind ?open (* ?open (- 1.0 ?factor))))
  ?open)

; From -1 to 1: belief less disbelief, over what the smaller of them leaves (never less than the
; smallest number).
(deffunction certainty (?about)
  (bind ?doubt (left-open ?about for))
  (bind ?trust (left-open ?about against))
  (/ (- ?trust ?doubt) (max ?trust ?doubt 2.2250738585072014e-308)))

(deffunction least (?band)
  (do-for-fact ((?b band)) (eq ?b:name ?band) (return ?b:least)))

(deffunction has-role (?about ?role)
  (any-factp ((?e evidence)) (and (eq ?e:hypothesis ?about) (eq ?e:role ?role))))

; Without a sign there is no sign of it, whatever the risks; likely needs a sign and a risk.
(deffunction band-of (?about ?certainty)
  (if (not (has-role ?about sign)) then (return none))
  (if (and (>= ?certainty (least likely)) (has-role ?about risk)) then (return likely))
  (if (>= ?certainty (least possible)) then possible else less_likely))

(defrule verdict:weigh
  (declare (salience -20))
  (stage (name closing))
  (hypothesis (id ?about) (place ?place))
  (not (out-of-scope))
  =>
  (bind ?certainty (certainty ?about))
  (assert (weighed (hypothesis ?about) (band (band-of ?about ?certainty)) (certainty ?certainty) (place ?place))))

; The highest tier of the red flags raised; not being sure about an emergency is at least
; same-day.
(deffunction raised (?urgency)
  (or (any-factp ((?r red-flag) (?f flag))
        (and (eq ?r:state raised) (eq ?r:name ?f:id) (eq ?f:urgency ?urgency)))
      (and (eq ?urgency same-day) (any-factp ((?u unsure-emergency)) TRUE))))

(defrule verdict:decide
  (declare (salience -20))
  (stage (name closing))
  =>
  (bind ?decided routine)
  (progn$ (?urgency (create$ soon same-day emergency))
    (if (raised ?urgency) then (bind ?decided ?urgency)))
  (bind ?scope -)
  (do-for-fact ((?s scope)) (any-factp ((?o out-of-scope)) (eq ?o:name ?s:id))
    (bind ?scope ?s:id))
  (assert (verdict (urgency ?decided) (out-of-scope ?scope))))

;;; ================================================================================================
;;; Printing the result.

(deffunction in-words (?band)
  (switch ?band
    (case likely then "likely")
    (case possible then "possible")
    (case less_likely then "less likely")
    (default "no sign of it")))

; Two ids or pieces of evidence that are in the wrong order, for `sort`.
(deffunction later-id (?one ?other) (> (str-compare ?one ?other) 0))

(deffunction weaker (?one ?other)
  (or (< (factor (fact-slot-value ?one strength)) (factor (fact-slot-value ?other strength)))
      (and (= (factor (fact-slot-value ?one strength)) (factor (fact-slot-value ?other strength)))
           (> (fact-slot-value ?one place) (fact-slot-value ?other place)))))

(deffunction less-certain (?one ?other)
  (or (< (fact-slot-value ?one certainty) (fact-slot-value ?other certainty))
      (and (= (fact-slot-value ?one certainty) (fact-slot-value ?other certainty))
           (> (fact-slot-value ?one place) (fact-slot-value ?other place)))))

(deffunction print-flags (?state)
  (bind ?none TRUE)
  (do-for-all-facts ((?f flag))
      (any-factp ((?r red-flag)) (and (eq ?r:name ?f:id) (eq ?r:state ?state)))
    (bind ?none FALSE)
    (bind ?rules (create$))
    (do-for-all-facts ((?r red-flag)) (and (eq ?r:name ?f:id) (eq ?r:state raised))
      (bind ?rules (create$ ?rules ?r:rule)))
    (printout t "- " ?f:label " (" ?f:urgency
                (if (any-factp ((?u unsure-emergency)) (eq ?u:name ?f:id)) then ", not sure" else "")
                ") [" (str-cat ?f:id) "]")
    (bind ?mark ": ")
    (progn$ (?rule (sort later-id ?rules)) (printout t ?mark (str-cat ?rule)) (bind ?mark ", "))
    (printout t crlf))
  (if ?none then (printout t "- none" crlf)))

(deffunction print-evidence (?about ?way)
  (progn$ (?e (sort weaker (find-all-facts ((?e evidence))
                             (and (eq ?e:hypothesis ?about) (eq ?e:direction ?way)))))
    (bind ?rule (fact-slot-value ?e rule))
    (bind ?role (fact-slot-value ?e role))
    (printout t "  " ?way ": " (str-cat ?rule) " (" (str-cat (fact-slot-value ?e strength))
                (if (eq ?role -) then "" else (str-cat " " ?role))
                (if (any-factp ((?o outdone)) (eq ?o:rule ?rule)) then ", outdone" else "") ")" crlf)))

(deffunction print-list (?names)
  (bind ?mark "")
  (progn$ (?name ?names) (printout t ?mark (str-cat ?name)) (bind ?mark ", "))
  (printout t (if (= (length$ ?names) 0) then "none" else "") crlf))

(deffunction print-findings ()
  (bind ?none TRUE)
  (bind ?ruled-out (create$))
  (do-for-all-facts ((?l label)) TRUE
    (do-for-all-facts ((?f finding)) (eq ?f:name ?l:of)
      (if (eq ?f:state established)
       then (printout t "- " ?l:text " [" (str-cat ?f:name) "]" crlf) (bind ?none FALSE)
       else (bind ?ruled-out (create$ ?ruled-out ?f:name)))))
  (if ?none then (printout t "- none" crlf))
  (printout t crlf "Findings ruled out:" crlf "- ")
  (print-list ?ruled-out))

(deffunction print-hypotheses ()
  (progn$ (?band (create$ likely possible less_likely none))
    (progn$ (?w (sort less-certain (find-all-facts ((?w weighed)) (eq ?w:band ?band))))
      (bind ?about (fact-slot-value ?w hypothesis))
      (do-for-fact ((?h hypothesis))
          (and (eq ?h:id ?about) (any-factp ((?e evidence)) (eq ?e:hypothesis ?about)))
        (printout t "- " ?h:label ": " (in-words ?band) ", "
                    (format nil "%.2f" (fact-slot-value ?w certainty)) " [" (str-cat ?about) "]" crlf))
      (print-evidence ?about for)
      (print-evidence ?about against)))
  (bind ?nothing (create$))
  (do-for-all-facts ((?h hypothesis)) (not (any-factp ((?e evidence)) (eq ?e:hypothesis ?h:id)))
    (bind ?nothing (create$ ?nothing ?h:id)))
  (printout t "- nothing for or against: ")
  (print-list ?nothing))

(defrule print:result
  (declare (salience -30))
  (verdict (urgency ?urgency) (out-of-scope ?scope))
  (tier (urgency ?urgency) (do ?do) (when ?when))
  =>
  (bind ?left (length$ (find-all-facts ((?u unanswered)) TRUE)))
  (if (> ?left 0) then
    (printout t "INCOMPLETE: " ?left " questions that may apply have no answer. This does not reassure." crlf))
  (printout t (if (> ?left 0) then "Urgency so far: " else "Urgency: ") ?urgency " (" ?when ")" crlf ?do crlf)
  (if (any-factp ((?u unsure-emergency)) TRUE) then
    (printout t "Somebody was not sure about an emergency, which is therefore not ruled out." crlf))
  (do-for-all-facts ((?s scope)) (eq ?s:id ?scope) (printout t "Out of scope: " ?s:say crlf))
  (printout t crlf "Red flags raised:" crlf)
  (print-flags raised)
  (printout t crlf "Red flags not ruled out:" crlf)
  (print-flags not-ruled-out)
  (printout t crlf "Findings established:" crlf)
  (print-findings)
  (if (eq ?scope -) then
    (printout t crlf "Hypotheses:" crlf)
    (print-hypotheses)))

;;; ================================================================================================
;;; The sources that the rules name.

[[sources]]
