extension LessonText {
    static let french: [String: LessonText] = [
        "priority-flood": LessonText(
            title: "Le flot à haute priorité",
            summary: "de petits travaux plus prioritaires, sans fin : un déni de service",
            story:
                "Deux locataires se partagent deux places. Ada a une équipe de deux rangs : il lui faut les deux places en même temps. Mallory a le droit de soumettre avec une priorité plus haute. La règle dit : la plus haute priorité passe d'abord.",
            attack:
                "Mallory garde cinq petits travaux dans le système. Quand l'un finit, il soumet le suivant. Il n'enfreint aucune règle, et il n'a pas besoin de plus de places qu'il n'y en a.",
            watch:
                "Suivez start.Ada. Dans le modèle, cet événement n'est jamais possible : une place qui se libère va à quelqu'un de plus important avant que l'autre ne soit libre aussi. Sur la grappe, comptez qui la double.",
            countermeasure:
                "Des parts équitables, et le vieillissement. Qui tient le moins passe d'abord, et qui a vu démarrer assez d'autres passe avant tous. Ce qui se libère lui est gardé jusqu'à son départ. Le coordinateur redémarre avec la nouvelle politique sur le même état ; le flot continue.",
            code:
                "Le cœur du coordinateur lui-même suit le modèle, événement par événement. Avec strict-priority il tourne en rond, comme le modèle. Avec fair il laisse entrer le premier travail du flot, et pas le deuxième : la place est gardée pour Ada.",
            lesson:
                "Une place toujours occupée n'est pas un signe de santé. Une règle suivie à la lettre peut affamer quelqu'un pour toujours, et aucune équité de la machinerie n'y peut rien, car rien n'est négligé : il y a toujours plus important.",
            question:
                "Mallory a un seul travail au lieu de cinq. Ada peut-elle encore attendre pour toujours ? Demandez au modèle : ôtez Flood.1."
        ),
        "big-gang": LessonText(
            title: "La grande équipe qui ne tient jamais",
            summary: "de petits travaux se glissent devant une équipe qui veut trois places à la fois",
            story:
                "Quatre places. L'équipe d'Ada en veut trois en même temps. Beaucoup d'autres ont des travaux d'une place. La règle dit : qui tient démarre. Cela s'appelle first fit, et aucune place n'est jamais vide.",
            attack:
                "Personne n'attaque. Les autres ont seulement du travail : dès qu'une place se libère, un des leurs y tient, et l'équipe d'Ada n'y tient pas.",
            watch:
                "Cherchez un moment où trois places sont libres. Il n'y en a pas : chaque place libre est prise avant que vienne la suivante. La grappe est occupée tout le temps, et Ada attend.",
            countermeasure:
                "Une réservation. Le premier de la file qui ne tient pas mène : ce qui se libère lui est gardé. D'autres peuvent encore démarrer sur les places dont il n'a pas besoin (backfill). Le coordinateur redémarre avec la politique backfill.",
            code:
                "Avec first-fit le cœur du coordinateur fait le même tour. Avec backfill il ne démarre pas le petit travail suivant : les places sont gardées pour l'équipe d'Ada.",
            lesson:
                "Ne jamais laisser de place vide et être juste envers les grands sont deux buts qui se contrarient. Une réservation cède un peu du premier pour le second ; le backfill en reprend la plus grande part.",
            question:
                "Pourquoi un seul petit travail peut-il tourner ici à côté de la réservation ? Que change une cinquième place ?"
        ),
        "hold-and-wait": LessonText(
            title: "Tenir et attendre",
            summary: "deux équipes tiennent chacune la moitié des places et attendent l'autre",
            story:
                "Deux places, et deux équipes de deux rangs, Left et Right. Une équipe ne démarre pas avant d'avoir toutes ses places. La règle donne les places une à une, à qui en a le moins, et personne ne rend ce qu'il a.",
            attack:
                "Personne n'attaque. Un autre travail, Warmup, finit et laisse deux places, l'une peu après l'autre. Left reçoit la première. Right, qui n'a encore rien, reçoit la seconde.",
            watch:
                "take.Left et take.Right (0 et 1 dans le modèle), puis le silence. Aucune lampe n'est rouge, les deux travaux « démarrent », toutes les places sont prises, et personne ne calcule. Le cercle dit qui attend qui.",
            countermeasure:
                "Tout ou rien : une équipe reçoit toutes ses places d'un coup, ou aucune. La nouvelle règle ne défait pas l'ancien interblocage : il faut que quelqu'un rende ce qu'il tient, donc Right est d'abord annulé. Puis les deux sont soumis à nouveau sous la nouvelle règle.",
            code:
                "Avec greedy-gang le cœur du coordinateur donne les deux mêmes places, puis ne bouge plus, pour toujours. Avec fair la seconde place va à l'équipe qui a la première : l'étape take.1 n'est pas possible.",
            lesson:
                "Quatre conditions font un interblocage : l'usage exclusif, tenir en attendant, ne rien reprendre, un cercle. Ôtez-en une et il ne peut plus arriver. Tout ou rien ôte la deuxième.",
            question:
                "Et si les places étaient données une à une, mais toujours à l'équipe arrivée la première ? Est-ce sans interblocage ?"
        ),
        "convoy": LessonText(
            title: "Le convoi", summary: "tous attendent derrière un seul, qui attend autre chose",
            story:
                "Une machine avec GPU et une sans. Old tourne sur le GPU, et pour longtemps. Head veut ensuite le GPU. Derrière Head, Ada soumet de petits travaux qui n'en veulent pas. La règle : premier arrivé, premier servi.",
            attack:
                "Un travail qui attend ce qui est pris. Il est en tête de la file, et personne ne passe devant la tête.",
            watch:
                "La machine plain ne fait rien du tout. Les travaux d'Ada ne veulent qu'elle. Dans le modèle, plus rien n'est possible tant que Old n'a pas fini.",
            countermeasure:
                "La tête reçoit une réservation pour ce qu'elle veut, et pour rien d'autre. Ceux de derrière peuvent démarrer sur le reste. Le coordinateur redémarre avec la politique fair.",
            code:
                "Avec fifo le cœur du coordinateur s'arrête au même endroit, une machine inoccupée à côté. Avec fair il continue : il démarre aussitôt le premier travail d'Ada.",
            lesson:
                "Une file où personne ne double n'est juste que pour ceux qui attendent la même chose. Une seule file pour deux sortes de machines fait attendre tout le monde pour la plus rare.",
            question: "Dans policies/fifo.csp personne n'est affamé, et ici quelqu'un l'est. Où est la différence ?"),
        "stuck-worker": LessonText(
            title: "L'ouvrier qui ne finit jamais", summary: "il accepte, son cœur bat, et rien n'avance",
            story:
                "Un ouvrier avec une place. Il accepte le travail d'Ada, et le programme se bloque : un serveur de fichiers mort, un verrou que personne ne rend. L'agent à côté du programme va bien. Bob attend la place.",
            attack: "Un programme qui se bloque. L'ouvrier dit à chaque instant : je suis en vie. C'est vrai.",
            watch:
                "Le cycle du modèle est un battement de cœur et rien d'autre. Sur la grappe, l'ouvrier est connecté, son bail est renouvelé, le travail « tourne ». Toutes les lampes sont vertes.",
            countermeasure:
                "Une limite de temps. Ce qui n'a pas fini d'ici là est tué, si bien que batte l'ouvrier, et essayé à nouveau. Le travail d'Ada est annulé à la main pour cette fois, et soumis à nouveau avec une limite d'une seconde.",
            code:
                "Le cœur du coordinateur entend les battements et ne fait rien, aussi longtemps qu'on veut : il n'en sait pas plus. Avec une limite de temps il continue : il met fin à la tentative.",
            lesson:
                "Un battement de cœur dit que quelqu'un vit, non que le travail avance. Il faut une mesure du progrès, ou au moins une borne de temps.",
            question:
                "La limite est plus courte que le temps vraiment nécessaire. Que se passe-t-il alors ? Que montreriez-vous à Ada ?"
        ),
        "double-work": LessonText(
            title: "Le travail fait deux fois", summary: "l'ouvrier que l'on croyait perdu écrit encore",
            story:
                "Une tâche est confiée à un ouvrier pour la durée d'un bail, que chaque battement de cœur renouvelle. Quand les battements cessent, le bail expire et la tâche est donnée à un autre, avec un numéro plus grand : l'époque.",
            attack:
                "Le labo arrête l'agent de l'ouvrier qui exécute la tâche d'Ada (SIGSTOP), comme le ferait une machine virtuelle en pause. Ses battements cessent. Le programme qu'il avait lancé n'est pas arrêté, et l'agent, gelé, ne peut pas le terminer.",
            watch:
                "Les deux programmes écrivent dans un même registre. Une écriture de l'ancienne époque après une de la nouvelle, c'est du travail fait deux fois. Dans le modèle il suffit de six étapes.",
            countermeasure:
                "Une barrière. Chaque écriture montre l'époque de son bail, et le registre refuse ce qui est plus ancien que la plus récente qu'il a vue. Le coordinateur fait de même avec les résultats : celui d'une ancienne époque ne compte jamais.",
            code:
                "Le coordinateur ne tient pas de registre ; ce qui ressemble le plus à une écriture est un résultat. Son cœur donne la tâche au second ouvrier, comme le dit le modèle, et accepte son résultat. Celui de l'ancien, qui vient plus tard, il le refuse : l'époque est passée. Que le programme lui-même continue d'écrire est hors de sa portée ; il faut donc la barrière au registre.",
            lesson:
                "On ne peut pas savoir qu'une machine que l'on n'entend plus est morte. Ce qui ne doit arriver qu'une fois se garde donc là où cela arrive, par un nombre qui croît. Les baux de Banquet finissent aussi par l'horloge de l'ouvrier ; seul un agent gelé ne peut tenir cette promesse.",
            question:
                "Pourquoi le registre doit-il retenir l'époque la plus récente, et non l'heure de la dernière écriture ?"
        ),
        "reconnect-storm": LessonText(
            title: "La tempête de reconnexions", summary: "tous reviennent au même instant, encore et encore",
            story:
                "Pour se protéger, le coordinateur laisse entrer deux soumissions par seconde, une à la fois. Il est tué et revient. Six clients l'ont remarqué, et tous veulent soumettre.",
            attack:
                "Chaque client réessaie après exactement le même temps. Ils viennent donc en une vague, et dans un ordre : la ligne d'Ada est un peu plus longue, elle est toujours la dernière. Qui est entré a encore à soumettre, et revient.",
            watch:
                "enter et refuse. Un instant la porte est assiégée, puis il n'y a personne jusqu'à la vague suivante. Ada la trouve chaque fois tout juste prise.",
            countermeasure:
                "Du hasard : chaque client tire au sort le temps qu'il attend avant de réessayer. La porte, son débit et le nombre de clients restent les mêmes.",
            code:
                "Le cœur du coordinateur laisse entrer le premier de chaque vague et refuse les autres, tour après tour. Rien n'y est faux, et rien n'y change ensuite : ce sont les clients qui apprennent à tirer leur attente au sort.",
            lesson:
                "Beaucoup de machines qui suivent une seule horloge agissent comme une seule. Un peu de hasard, là où se règlent les nouvelles tentatives, change une vague en un flux. (Les ouvriers de Banquet tirent eux aussi au sort le temps avant de se reconnecter.)",
            question: "Doubler l'attente après chaque refus, sans la tirer au sort : cela aide-t-il Ada ?"),
        "pipeline-buffers": LessonText(
            title: "Le pipeline qui se remplit",
            summary: "deux étages et deux tubes : chacun attend que l'autre prenne",
            story:
                "Un modèle est coupé en deux étages, chacun un processus. L'étage A envoie des micro-lots vers l'avant par un tube ; l'étage B renvoie un gradient pour chacun, par un autre. Un tube ne contient que tant.",
            attack:
                "Personne n'attaque. L'étage A envoie d'abord les quarante micro-lots, et prend les gradients ensuite. Avec quatre cela marchait, et c'est ainsi parti en production.",
            watch:
                "La trace s'arrête au milieu de la passe avant. Le travail « tourne », les deux processus vivent, les battements viennent. Le cercle du modèle : A attend le tube avant, qui attend B, qui attend le tube arrière, qui attend A.",
            countermeasure:
                "Jamais plus en route que les tubes ne contiennent : après une mise en route de deux, un en avant et un en arrière (1F1B). L'étape bloquée est annulée à la main et soumise à nouveau.",
            code:
                "Le cœur du coordinateur démarre l'étape, puis ne voit rien d'anormal, si longtemps qu'il attende : ce que les étages se disent ne le regarde pas. Mais le travail peut le déclarer ; l'ordre est alors vérifié avant l'admission.",
            lesson:
                "Un tampon cache un interblocage jusqu'à ce qu'il soit plein. Qu'un programme soit juste ne doit pas dépendre de la taille d'un tampon. Un plan peut être vérifié avant le départ, comme l'a été ce modèle.",
            question: "Quelle taille de tube faut-il au plan naïf avec BATCHES micro-lots ? Essayez dans le modèle."),
    ]
}
