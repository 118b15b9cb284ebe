extension ExerciseText {
    private static let divergence = (
        text: "does not do hidden things for ever",
        hint: "Events of your own that nobody sees must not be able to go on without end."
    )
    private static let divergenceFrench = (
        text: "ne fait pas de choses cachées sans fin",
        hint: "Vos propres événements, que personne ne voit, ne doivent pas pouvoir continuer sans fin."
    )
    private static let deadlock = (
        text: "never comes to a stand",
        hint: "Look at the last line of the run: who waits for whom? Break one arrow of that circle."
    )
    private static let deadlockFrench = (
        text: "ne se bloque jamais",
        hint: "Regardez la fin de la suite : qui attend qui ? Ôtez une flèche de ce cercle."
    )

    static let english: [String: ExerciseText] = [
        "attacker": ExerciseText(
            title: "Starve Ada",
            task:
                "Write ATTACK, which submits the flood's two jobs so that Ada's gang can wait for ever under strict priority.",
            requirements: [
                "honest": (
                    "submits the flood's jobs, and does nothing else",
                    "ATTACK may only take part in submit.Flood.0 and submit.Flood.1."
                ), "divergence": divergence,
                "deadlock": ("keeps the system going", "An attacker who stops is none: the flood has to go on."),
                "starves": (
                    "Ada can wait for ever, even under strong fairness",
                    "One job leaves all slots free again and again. When is somebody of the flood always waiting or running?"
                ),
            ]),
        "allocator": ExerciseText(
            title: "Slots one by one, without a deadlock",
            task: "Write ALLOCATOR, which decides who may take a slot now, so that nobody ever waits in a circle.",
            requirements: [
                "alone": (
                    "a gang that is alone gets its slots, and gives them back",
                    "With one gang only, every take and every give must be possible in its turn. An allocator that refuses everything is safe, and useless."
                ), "bound": ("never gives out more slots than there are", "Count what is taken and given back."),
                "deadlock": deadlock, "divergence": divergence,
                "starvation": (
                    "each gang starts again and again, if a chance that comes again and again is taken",
                    "Look at the cycle: what is it that the waiting gang is never offered?"
                ),
                "together": (
                    "does not make the second gang wait when the last slot is safe to give",
                    "After take.0 three times one slot is left. Gang 0 has all it needs and will end, so gang 1 may take it. Which states are safe?"
                ),
            ]),
        "scheduler": ExerciseText(
            title: "Nobody starves",
            task:
                "Write SCHEDULER, which says who starts, so that Ada's gang starts at some time, whatever the flood does.",
            requirements: [
                "alone": (
                    "a job that is alone is submitted, started and ended",
                    "With one job only: submit, start, end, and again. A scheduler that refuses everything starves nobody, and is useless."
                ),
                "open": (
                    "takes the submission of a job that neither waits nor runs, at any time",
                    "Refusing the flood's submissions is one way to hold it back, but not the one that is asked for."
                ),
                "bound": (
                    "never runs more than the slots hold, and ends only what runs",
                    "Look at the last event of the run: what was running then?"
                ), "deadlock": deadlock, "divergence": divergence,
                "ada": (
                    "Ada's gang starts at some time, whatever the flood does",
                    "Look at the cycle: who starts there again and again? After so many starts of others something must be kept for Ada."
                ),
                "everybody": (
                    "nobody else starves instead",
                    "Now it is somebody else who waits. What is kept for Ada must be given back when she has started."
                ),
                "together": (
                    "two small jobs may run at one time",
                    "Running one job after the other is fair, and wastes half of the cluster."
                ),
            ]),
        "pipeline": ExerciseText(
            title: "A schedule that never blocks",
            task:
                "Write A, the schedule of the first stage, so that no step ever blocks, whatever the order in which pipes fill.",
            requirements: [
                "order": (
                    "each step sends every micro-batch once and takes every gradient once, in order",
                    "Look at the last event of the run: what should have come instead?"
                ), "deadlock": deadlock, "divergence": divergence,
                "step": ("every step that begins ends", "Where does A stand when nothing moves any more?"),
                "begins": ("there are steps at all", "A schedule that does nothing never blocks, and is useless."),
                "overlap": (
                    "more than one micro-batch is on its way",
                    "One at a time never blocks, but then one stage always waits for the other. How many can be on their way?"
                ),
            ]),
        "ledger": ExerciseText(
            title: "The old one writes no more",
            task: "Write LEDGER, which takes or refuses a write by its epoch, so that no work is done twice.",
            requirements: [
                "once": (
                    "once the second has written, the first writes no more",
                    "What must the ledger remember to know that a write is too old?"
                ),
                "refuses": (
                    "refuses only what is older than the newest, and takes the rest",
                    "Look at the last event of the run. Was it older than the newest write before it?"
                ),
                "answers": (
                    "answers every write, either way, at any time",
                    "A program that gets no answer hangs. For each epoch exactly one of write and refuse is possible."
                ), "divergence": divergence,
            ]),
    ]

    static let french: [String: ExerciseText] = [
        "attacker": ExerciseText(
            title: "Affamer Ada",
            task:
                "Écrivez ATTACK, qui soumet les deux travaux du flot de sorte que l'équipe d'Ada puisse attendre pour toujours sous la priorité stricte.",
            requirements: [
                "honest": (
                    "soumet les travaux du flot, et rien d'autre",
                    "ATTACK ne peut prendre part qu'à submit.Flood.0 et submit.Flood.1."
                ), "divergence": divergenceFrench,
                "deadlock": (
                    "le système continue", "Un attaquant qui s'arrête n'en est pas un : le flot doit continuer."
                ),
                "starves": (
                    "Ada peut attendre pour toujours, même sous équité forte",
                    "Un seul travail laisse encore et encore toutes les places libres. Quand y a-t-il toujours quelqu'un du flot qui attend ou qui tourne ?"
                ),
            ]),
        "allocator": ExerciseText(
            title: "Les places une à une, sans interblocage",
            task:
                "Écrivez ALLOCATOR, qui décide qui peut prendre une place maintenant, de sorte que personne n'attende jamais en cercle.",
            requirements: [
                "alone": (
                    "une équipe seule reçoit ses places, et les rend",
                    "Avec une seule équipe, chaque take et chaque give doit être possible à son tour. Un allocateur qui refuse tout est sûr, et inutile."
                ), "bound": ("ne donne jamais plus de places qu'il n'y en a", "Comptez ce qui est pris et rendu."),
                "deadlock": deadlockFrench, "divergence": divergenceFrench,
                "starvation": (
                    "chaque équipe démarre encore et encore, si une chance qui revient sans cesse est prise",
                    "Regardez le cycle : qu'est-ce qui n'est jamais offert à l'équipe qui attend ?"
                ),
                "together": (
                    "ne fait pas attendre la seconde équipe quand la dernière place peut être donnée sans danger",
                    "Après take.0 trois fois il reste une place. L'équipe 0 a tout ce qu'il lui faut et finira, donc l'équipe 1 peut la prendre. Quels états sont sûrs ?"
                ),
            ]),
        "scheduler": ExerciseText(
            title: "Personne n'attend pour toujours",
            task:
                "Écrivez SCHEDULER, qui dit qui démarre, de sorte que l'équipe d'Ada démarre un jour, quoi que fasse le flot.",
            requirements: [
                "alone": (
                    "un travail seul est soumis, démarré et fini",
                    "Avec un seul travail : submit, start, end, et encore. Un ordonnanceur qui refuse tout n'affame personne, et ne sert à rien."
                ),
                "open": (
                    "accepte à tout moment la soumission d'un travail qui n'attend ni ne tourne",
                    "Refuser les soumissions du flot est une façon de le retenir, mais pas celle qui est demandée."
                ),
                "bound": (
                    "ne fait jamais tourner plus que les places ne tiennent, et ne finit que ce qui tourne",
                    "Regardez le dernier événement de la suite : qu'est-ce qui tournait alors ?"
                ), "deadlock": deadlockFrench, "divergence": divergenceFrench,
                "ada": (
                    "l'équipe d'Ada démarre un jour, quoi que fasse le flot",
                    "Regardez le cycle : qui y démarre encore et encore ? Après tant de départs des autres, il faut garder quelque chose pour Ada."
                ),
                "everybody": (
                    "personne d'autre n'attend pour toujours à sa place",
                    "C'est maintenant un autre qui attend. Ce qui est gardé pour Ada doit être rendu quand elle a démarré."
                ),
                "together": (
                    "deux petits travaux peuvent tourner en même temps",
                    "Un travail après l'autre est équitable, et gaspille la moitié de la grappe."
                ),
            ]),
        "pipeline": ExerciseText(
            title: "Un plan qui ne bloque jamais",
            task:
                "Écrivez A, le plan du premier étage, de sorte qu'aucune étape ne bloque, quel que soit l'ordre dans lequel les tubes se remplissent.",
            requirements: [
                "order": (
                    "chaque étape envoie chaque micro-lot une fois et prend chaque gradient une fois, dans l'ordre",
                    "Regardez le dernier événement de la suite : qu'aurait-il dû y avoir à sa place ?"
                ), "deadlock": deadlockFrench, "divergence": divergenceFrench,
                "step": ("chaque étape commencée finit", "Où en est A quand plus rien ne bouge ?"),
                "begins": ("il y a des étapes", "Un plan qui ne fait rien ne bloque jamais, et ne sert à rien."),
                "overlap": (
                    "plus d'un micro-lot est en route",
                    "Un seul à la fois ne bloque jamais, mais alors un étage attend toujours l'autre. Combien peuvent être en route ?"
                ),
            ]),
        "ledger": ExerciseText(
            title: "L'ancien n'écrit plus",
            task:
                "Écrivez LEDGER, qui accepte ou refuse une écriture d'après son époque, de sorte que rien ne soit fait deux fois.",
            requirements: [
                "once": (
                    "une fois que le second a écrit, le premier n'écrit plus",
                    "Que doit retenir le registre pour savoir qu'une écriture est trop ancienne ?"
                ),
                "refuses": (
                    "ne refuse que ce qui est plus ancien que la plus récente, et accepte le reste",
                    "Regardez le dernier événement de la suite. Était-il plus ancien que la plus récente écriture avant lui ?"
                ),
                "answers": (
                    "répond à chaque écriture, d'une façon ou de l'autre, à tout moment",
                    "Un programme sans réponse se bloque. Pour chaque époque, exactement un de write et refuse est possible."
                ), "divergence": divergenceFrench,
            ]),
    ]
}
